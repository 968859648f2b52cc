"""What is known about a household on the day a campaign starts, in ordinary pandas calls.

Every function takes frames, and `features` takes the module they come from, so the same lines run
with pandas and with tharsis.pandas. One row of the result is a pair (household, campaign sent to
it); no input in it was known later than the midnight on which the campaign began.
"""

KEY = ["household_id", "campaign_id"]

CAMPAIGN_TYPES = {"Type A": 0, "Type B": 1, "Type C": 2}
LARGEST_DEPARTMENTS = [
    *["GROCERY", "DRUG GM", "FUEL", "PRODUCE", "MEAT"],
    *["MEAT-PCKGD", "DELI", "PASTRY", "NUTRITION", "MISCELLANEOUS"],
]
INCOMES = [
    *["Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K"],
    *["100-124K", "125-149K", "150-174K", "175-199K", "200-249K", "250K+"],
]
RECENT_DAYS = 91
WEEKEND = 5  # Saturday, counted from Monday


def features(pd, folder):
    """The feature table: 6,589 pairs, 49 inputs, the key, the two dates and `redeemed`."""

    def read(name):
        return pd.read_parquet(f"{folder}/{name}.parquet")

    transactions, products, coupons = read("transactions"), read("products"), read("coupons")
    redemptions, households = read("coupon_redemptions"), read("demographics")
    transactions["time"] = local_time(transactions.pop("transaction_timestamp"))

    table = candidates(read("campaigns"), read("campaign_descriptions"), coupons, redemptions)
    sent = table[[*KEY, "start_date"]]
    purchases = purchases_before(sent, transactions, products)
    for part in (
        shopping_habits(sent, transactions),
        product_mix(purchases),
        campaign_affinity(purchases, coupons, products),
        history(sent, redemptions),
    ):
        table = table.merge(part.reset_index(), on=KEY, how="left")
    return table.merge(demographics(pd, households), on="household_id", how="left")


def local_time(timestamp):
    """The shops' wall clock; the file holds UTC without saying so."""
    utc = timestamp.dt.tz_localize("UTC")
    return utc.dt.tz_convert("America/New_York").dt.tz_localize(None)


def candidates(campaigns, descriptions, coupons, redemptions):
    """Who was sent which campaign, what it offered, and whether a coupon of it was redeemed."""
    offers = coupons.groupby("campaign_id", as_index=False).agg(
        coupons=("coupon_upc", "nunique"), products=("product_id", "nunique")
    )
    redeemed = redemptions[KEY].drop_duplicates().assign(redeemed=1)
    pairs = campaigns[KEY].merge(descriptions, on="campaign_id").merge(offers, on="campaign_id")
    pairs = pairs.merge(redeemed, on=KEY, how="left").fillna({"redeemed": 0})
    pairs["campaign_type"] = pairs["campaign_type"].map(CAMPAIGN_TYPES)
    pairs["campaign_days"] = (pairs["end_date"] - pairs["start_date"]).dt.days
    return pairs.astype({"redeemed": "int8"}).sort_values(KEY, ignore_index=True)


def before_start(sent, events, when):
    """The events of a household before each campaign it was sent, and how many days before."""
    pairs = sent.merge(events, on="household_id")
    earlier = pairs[pairs[when] < pairs["start_date"]]
    return earlier.assign(days_ago=(earlier["start_date"] - earlier[when]).dt.days)


def purchases_before(sent, transactions, products):
    """Every purchase before a campaign, with what is known about the product."""
    bought = transactions[["household_id", "product_id", "sales_value", "coupon_disc", "time"]]
    known = products[["product_id", "department", "brand", "product_type"]]
    return before_start(sent, bought.merge(known, on="product_id", how="left"), "time")


def shopping_habits(sent, transactions):
    """How often, how much, when, and how often with a coupon a household shops."""
    baskets = transactions.groupby("basket_id", as_index=False).agg(
        household_id=("household_id", "first"),
        time=("time", "first"),
        items=("product_id", "size"),
        spend=("sales_value", "sum"),
        discount=("retail_disc", "sum"),
        coupon_value=("coupon_disc", "sum"),
    )
    baskets["coupon"] = (baskets["coupon_value"] > 0).astype(int)
    baskets["weekend"] = (baskets["time"].dt.day_of_week >= WEEKEND).astype(int)
    baskets["hour"] = baskets["time"].dt.hour
    visits = before_start(sent, baskets, "time")
    recent = visits[visits["days_ago"] < RECENT_DAYS]
    with_coupon = visits[visits["coupon"] == 1]

    habits = visits.groupby(KEY).agg(
        recency_days=("days_ago", "min"),
        tenure_days=("days_ago", "max"),
        basket_spend=("spend", "mean"),
        basket_items=("items", "mean"),
        weekend_share=("weekend", "mean"),
        hour=("hour", "mean"),
        coupon_baskets=("coupon", "sum"),
        coupon_basket_share=("coupon", "mean"),
        visits=("basket_id", "size"),
        spend=("spend", "sum"),
        discount=("discount", "sum"),
        coupon_value=("coupon_value", "sum"),
    )
    lately = recent.groupby(KEY).agg(
        visits_91=("basket_id", "size"),
        spend_91=("spend", "sum"),
        coupon_basket_share_91=("coupon", "mean"),
    )
    last_coupon = with_coupon.groupby(KEY).agg(coupon_recency_days=("days_ago", "min"))

    habits = habits.join(lately).fillna({"visits_91": 0, "spend_91": 0}).join(last_coupon)
    weeks = habits["tenure_days"].clip(lower=7) / 7
    spend, discount = habits.pop("spend"), habits.pop("discount")
    coupon_value = habits.pop("coupon_value")
    habits["visits_per_week"] = habits.pop("visits") / weeks
    habits["spend_per_week"] = spend / weeks
    habits["discount_share"] = discount / (spend + discount)
    habits["coupon_share"] = coupon_value / (spend + coupon_value)
    return habits


def product_mix(purchases):
    """The share of spend in each large department, and on the retailer's own brand."""
    private = purchases["sales_value"].where(purchases["brand"] == "Private", 0.0)
    spend = purchases.assign(private=private).groupby(KEY)[["sales_value", "private"]].sum()
    by_department = purchases.pivot_table(
        index=KEY, columns="department", values="sales_value", aggfunc="sum", fill_value=0.0
    )
    mix = by_department[LARGEST_DEPARTMENTS].div(spend["sales_value"], axis=0)
    mix["private"] = spend["private"] / spend["sales_value"]
    return mix.add_prefix("share ")


def campaign_affinity(purchases, coupons, products):
    """What a household bought of the very products on offer, and of their kind."""
    types = products[["product_id", "product_type"]]
    offers = coupons.drop_duplicates().merge(types, on="product_id")
    on_offer = offers[["campaign_id", "product_id"]].drop_duplicates()
    # Missing keys would meet missing keys: a product of unknown type is not similar to another.
    types_on_offer = offers[["campaign_id", "product_type"]].drop_duplicates().dropna()

    couponed = purchases.merge(on_offer, on=["campaign_id", "product_id"])
    usable = couponed[[*KEY, "product_id"]].drop_duplicates()
    usable = usable.merge(offers, on=["campaign_id", "product_id"])
    similar = purchases.merge(types_on_offer, on=["campaign_id", "product_type"])
    similar["coupon"] = (similar["coupon_disc"] > 0).astype(int)

    of_everything = purchases.groupby(KEY).agg(spend=("sales_value", "sum"))
    of_products = couponed.groupby(KEY).agg(
        couponed_spend=("sales_value", "sum"),
        couponed_products=("product_id", "nunique"),
        couponed_recency_days=("days_ago", "min"),
    )
    of_coupons = usable.groupby(KEY).agg(usable_coupons=("coupon_upc", "nunique"))
    of_types = similar.groupby(KEY).agg(
        similar_types=("product_type", "nunique"),
        similar_coupon_items=("coupon", "sum"),
        similar_coupon_share=("coupon", "mean"),
        similar_spend=("sales_value", "sum"),
    )
    affinity = of_everything.join(of_products).join(of_coupons).join(of_types)
    spend = affinity.pop("spend")
    affinity["couponed_share"] = affinity["couponed_spend"] / spend
    affinity["similar_share"] = affinity.pop("similar_spend") / spend
    return affinity


def history(sent, redemptions):
    """The campaigns a household was sent before, and what it made of them."""
    campaigns = sent.rename(columns={"campaign_id": "earlier", "start_date": "sent_date"})
    redeemed = redemptions.rename(columns={"campaign_id": "earlier"})
    before = before_start(sent, campaigns, "sent_date").groupby(KEY)
    used = before_start(sent, redeemed, "redemption_date").groupby(KEY)

    past = before.agg(campaigns=("earlier", "size")).join(
        used.agg(
            redemptions=("coupon_upc", "size"),
            redeemed_campaigns=("earlier", "nunique"),
            redemption_recency_days=("days_ago", "min"),
        )
    )
    past = past.fillna({"redemptions": 0, "redeemed_campaigns": 0})
    past["redemption_rate"] = past["redeemed_campaigns"] / past["campaigns"]
    return past


def demographics(pd, households):
    """Income, age, household size and number of children as ordered codes."""
    codes = households[["household_id"]].copy()
    income = pd.Categorical(households["income"], categories=INCOMES, ordered=True)
    codes["income"] = income.codes
    for name in ("age", "household_size", "kids_count"):  # their order is that of the text
        codes[name] = households[name].astype("category").cat.codes
    return codes

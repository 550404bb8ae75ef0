"""What the simulated business runs: accounts, campaigns, channels, the sales pipeline, and what was planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ingestion.sandbox.model import Account, Campaign, Owner, Stage

BUSINESS_NAME = "Larkspur Office"
SITE = "https://www.larkspur-office.example"
PROPERTY_ID = "345678901"
PROJECT_ID = "larkspur-analytics"
DATASET_ID = f"analytics_{PROPERTY_ID}"
PROPERTY_ZONE = "Europe/Berlin"
MANAGER_ID = "1000000001"
GOOGLE_DE = Account("google_ads", "2000000001", "Larkspur DE", "EUR", "Europe/Berlin")
GOOGLE_CH = Account("google_ads", "2000000002", "Larkspur CH", "CHF", "Europe/Zurich")
META = Account("meta_ads", "3000000001", "Larkspur Social", "USD", "America/New_York")
ACCOUNTS = (GOOGLE_DE, GOOGLE_CH, META)

COUNTRIES = {"DE": 50, "CH": 20, "AT": 14, "FR": 10, "IT": 6}
COUNTRY_NAMES = {"DE": "Germany", "CH": "Switzerland", "AT": "Austria", "FR": "France", "IT": "Italy"}
DEVICES = {"DESKTOP": 58, "MOBILE": 38, "TABLET": 4}
CONSENT_REFUSED = 0.12


def _google(account: Account, number: int, name: str, kind: str, *, keyword: str, lift: float) -> Campaign:
    campaign_id = f"{account.account_id[0]}{account.account_id[-1]}00000000{number}"
    channel = "Cross-network" if kind == "PERFORMANCE_MAX" else "Paid Search"
    group, ad = f"{campaign_id}1", f"{campaign_id}2"
    return Campaign(
        "google_ads", account.account_id, campaign_id, name, channel, kind, "google", "cpc", group, ad, keyword, lift
    )


def _meta(number: int, name: str, lift: float) -> Campaign:
    campaign_id = f"12020000000000{number:02d}"
    return Campaign(
        "meta_ads", META.account_id, campaign_id, name, "Paid Social", "OUTCOME_LEADS",
        "facebook", "paid_social", f"{campaign_id}1", f"{campaign_id}2", "", lift,
    )  # fmt: skip


BRAND_DE = _google(GOOGLE_DE, 1, "Brand DE", "SEARCH", keyword="larkspur office", lift=2.2)
GENERIC_DE = _google(GOOGLE_DE, 2, "Generic Office Furniture DE", "SEARCH", keyword="büromöbel kaufen", lift=1.0)
COMPETITOR_DE = _google(GOOGLE_DE, 3, "Competitor DE", "SEARCH", keyword="schreibtisch hersteller", lift=0.55)
PMAX_DE = _google(GOOGLE_DE, 4, "Performance Max DE", "PERFORMANCE_MAX", keyword="", lift=0.8)
BRAND_CH = _google(GOOGLE_CH, 1, "Brand CH", "SEARCH", keyword="larkspur office schweiz", lift=2.4)
GENERIC_CH = _google(GOOGLE_CH, 2, "Generic Office Furniture CH", "SEARCH", keyword="bürostuhl schweiz", lift=1.1)
PMAX_CH = _google(GOOGLE_CH, 3, "Performance Max CH", "PERFORMANCE_MAX", keyword="", lift=0.8)
PROSPECTING = _meta(1, "Prospecting DACH", 0.35)
RETARGETING = _meta(2, "Retargeting Visitors", 1.7)
LOOKALIKE = _meta(3, "Lookalike Customers", 0.6)
CAMPAIGNS = (
    BRAND_DE, GENERIC_DE, COMPETITOR_DE, PMAX_DE, BRAND_CH, GENERIC_CH, PMAX_CH, PROSPECTING, RETARGETING, LOOKALIKE,
)  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """How a campaign buys: the price of a click in the account's currency, and its click-through rate."""

    cost_per_click: float
    click_through_rate: float


DELIVERY = {
    BRAND_DE: Delivery(0.95, 0.118),
    GENERIC_DE: Delivery(4.10, 0.041),
    COMPETITOR_DE: Delivery(5.60, 0.022),
    PMAX_DE: Delivery(2.30, 0.012),
    BRAND_CH: Delivery(1.25, 0.126),
    GENERIC_CH: Delivery(4.90, 0.044),
    PMAX_CH: Delivery(2.70, 0.013),
    PROSPECTING: Delivery(1.70, 0.009),
    RETARGETING: Delivery(2.40, 0.016),
    LOOKALIKE: Delivery(1.95, 0.011),
}


@dataclass(frozen=True)
class Touch:
    """Where a visit comes from, as GA4 would name it; `lift` multiplies the chance that it becomes a lead."""

    channel: str
    source: str
    medium: str
    campaign_name: str
    referrer: str
    lift: float
    campaign: Campaign | None = None


def _paid(campaign: Campaign) -> Touch:
    referrer = "https://www.google.com/" if campaign.platform == "google_ads" else "https://l.facebook.com/"
    return Touch(
        campaign.channel, campaign.utm_source, campaign.utm_medium, campaign.name, referrer, campaign.lift, campaign
    )


ORGANIC, BING, DIRECT, EMAIL, REFERRAL, SOCIAL, UNASSIGNED = range(7)
TOUCHES = (
    Touch("Organic Search", "google", "organic", "(organic)", "https://www.google.com/", 1.0),
    Touch("Organic Search", "bing", "organic", "(organic)", "https://www.bing.com/", 0.9),
    Touch("Direct", "(direct)", "(none)", "(direct)", "", 1.1),
    Touch("Email", "newsletter", "email", "newsletter", "", 1.8),
    Touch("Referral", "office-magazine.example", "referral", "(referral)", "https://office-magazine.example/", 0.9),
    Touch("Organic Social", "linkedin.com", "referral", "(referral)", "https://www.linkedin.com/", 0.5),
    Touch("Unassigned", "(not set)", "(not set)", "(not set)", "", 0.7),
    *(_paid(campaign) for campaign in CAMPAIGNS),
)
CAMPAIGN_TOUCH = {campaign: 7 + index for index, campaign in enumerate(CAMPAIGNS)}

# Weights of a first visit, of a return, and of a return by somebody whom sales already knows; campaigns by their
# place in CAMPAIGNS. Search campaigns of the other country's account are left out in `touch_weights`.
_FIRST = (25, 3, 12, 2, 6, 5, 1.2, 9, 14, 4, 7, 9, 14, 7, 9, 0, 6)
_RETURN = (16, 1, 30, 6, 3, 3, 0.5, 14, 6, 2, 3, 14, 6, 3, 2, 10, 2)
_KNOWN = (8, 0.5, 36, 38, 1, 1, 0.3, 7, 0.5, 0, 0.5, 7, 0.5, 0.5, 0, 6, 0)


def touch_weights(country: str) -> tuple[list[float], list[float], list[float]]:
    """Weights over TOUCHES for visitors of `country`: first visit, return, return of a known lead."""
    foreign = {GOOGLE_CH.account_id} if country != "CH" else {GOOGLE_DE.account_id}

    def narrowed(weights: tuple[float, ...]) -> list[float]:
        return [
            0.0 if touch.campaign is not None and touch.campaign.account_id in foreign else float(weight)
            for touch, weight in zip(TOUCHES, weights, strict=True)
        ]

    return narrowed(_FIRST), narrowed(_RETURN), narrowed(_KNOWN)


# Days of the account's zone without delivery, and what else went wrong.
PAUSED_CAMPAIGNS = {COMPETITOR_DE: ((date(2026, 7, 6), date(2026, 8, 16)),)}
PAUSED_ACCOUNTS = {
    GOOGLE_CH.account_id: (
        (date(2025, 12, 24), date(2025, 12, 26)),
        (date(2026, 8, 1), date(2026, 8, 1)),
        (date(2026, 11, 14), date(2026, 11, 15)),
    ),
    META.account_id: ((date(2026, 8, 10), date(2026, 8, 12)),),
}
DARK_DAYS = frozenset({date(2026, 3, 17)})
COST_SPIKE = (GENERIC_DE, date(2026, 6, 9), 6.0)


def is_paused(campaign: Campaign, day: date) -> bool:
    """Whether the campaign delivers nothing on that day of its account's zone."""
    ranges = (*PAUSED_CAMPAIGNS.get(campaign, ()), *PAUSED_ACCOUNTS.get(campaign.account_id, ()))
    return any(first <= day <= last for first, last in ranges)


STAGES = (
    Stage("appointmentscheduled", "Appointment scheduled", 0, False, "0.2"),
    Stage("qualifiedtobuy", "Qualified to buy", 1, False, "0.4"),
    Stage("presentationscheduled", "Presentation scheduled", 2, False, "0.6"),
    Stage("contractsent", "Contract sent", 3, False, "0.9"),
    Stage("closedwon", "Closed won", 4, True, "1.0"),
    Stage("closedlost", "Closed lost", 5, True, "0.0"),
)
OWNERS = (
    Owner("71001", "miriam.vogt@larkspur-office.example", "Miriam", "Vogt"),
    Owner("71002", "jonas.weber@larkspur-office.example", "Jonas", "Weber"),
    Owner("71003", "chiara.rossi@larkspur-office.example", "Chiara", "Rossi"),
    Owner("71004", "luc.morel@larkspur-office.example", "Luc", "Morel"),
    Owner("71005", "petra.lang@larkspur-office.example", "Petra", "Lang", is_archived=True),
)

"""Visits worked out by hand: one for every rule of sessions, channels and campaigns, and one that just misses it.

Seen from 2026-03-10; the property's and the business' day is Berlin's, one hour ahead of UTC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from tests.transform.hand_world import PROPERTY, Row, insert, traffic

DAY = "2026-02-02"
CONFIGURATION = r"""
[channels.source_categories]
"intranet.example" = "SEARCH"
"Stripe.com" = "NONE"

[[channels.rules]]
channel = "Partners"
source = '(.+[.])?partner[.]example'
medium = "referral|link"

[[channels.rules]]
channel = "Sponsoring"
is_paid = true
campaign = "o'neil.*"

[[channels.rules]]
channel = "Email"
source = 'partner[.]example|crm'

[[channels.rules]]
channel = "Fairs"
source = '\(direct\)'
landing_page = "/fair(/.*)?"
"""


@dataclass(frozen=True)
class Visit:
    """One session of one page and what it has to become; `was` is GA4's own group."""

    name: str
    source: str | None
    medium: str | None
    channel: str
    rule: str = "ga4_default_rules"
    was: str | None = None
    campaign: str | None = None
    url: str = ""
    page: str = "/"
    more: Row = field(default_factory=dict)
    becomes: Row = field(default_factory=dict)
    """Further columns of fct_sessions."""


MAILS = ("email", "E-Mail", "e_mail", "e mail")
# GA4's default rules in their order: what each takes, and what just misses it.
DEFAULT_RULES = (
    Visit("direct", "(direct)", "(none)", "Direct", becomes={"source": "(direct)", "medium": "(none)"}),
    Visit("direct_without_medium", "(direct)", None, "Direct"),
    Visit("medium_without_source", None, "referral", "Referral"),
    Visit("source_without_medium", "blog.example", None, "Unassigned"),
    Visit("direct_not_set", "(direct)", "(not set)", "Direct"),
    Visit("nothing_known", None, None, "Direct"),
    Visit("direct_without_brackets", "direct", "(none)", "Unassigned"),
    Visit("direct_referral", "(direct)", "referral", "Referral"),
    Visit("cross_network", "google", "cpc", "Cross-network", campaign="DE Cross-Network autumn"),
    Visit("cross_without_hyphen", "google", "cpc", "Paid Search", campaign="cross network"),
    Visit("paid_shopping_source", "amazon.com", "cpc", "Paid Shopping"),
    Visit("paid_shopping_campaign", "newsroom.example", "cpc", "Paid Shopping", campaign="autumn eshop"),
    Visit("paid_workshop", "newsroom.example", "cpc", "Paid Other", campaign="workshop"),
    Visit("paid_search", "Google", "CPC", "Paid Search"),
    Visit("paid_search_retargeting", "yahoo", "retargeting", "Paid Search"),
    Visit("paid_search_cpm", "google", "cpm", "Paid Search"),
    Visit("search_with_an_odd_medium", "google", "ppcx", "Organic Search"),
    Visit("paid_social", "facebook", "paid_social", "Paid Social"),
    Visit("social_prepaid", "linkedin.com", "prepaid", "Organic Social"),
    Visit("paid_video", "youtube", "cpv", "Paid Video"),
    Visit("video_ppv", "youtube", "ppv", "Organic Video"),
    Visit("display", "newsroom.example", "display", "Display"),
    Visit("display_banner", "newsroom.example", "banner", "Display"),
    Visit("display_expandable", "newsroom.example", "expandable", "Display"),
    Visit("display_interstitial", "newsroom.example", "interstitial", "Display"),
    Visit("display_cpm", "newsroom.example", "CPM", "Display"),
    Visit("display_banners", "newsroom.example", "banners", "Unassigned"),
    Visit("paid_other", "newsroom.example", "paid-mention", "Paid Other"),
    Visit("unpaid", "newsroom.example", "unpaid", "Unassigned"),
    Visit("organic_shopping", "ebay.de", "referral", "Organic Shopping"),
    Visit("organic_shopping_campaign", "newsletter", "email", "Organic Shopping", campaign="shopping weeks"),
    Visit("workshop_mail", "newsletter", "email", "Email", campaign="workshop"),
    Visit("organic_social", "reddit.com", "referral", "Organic Social"),
    *(
        Visit(f"organic_social_{number}", "club.example", medium, "Organic Social")
        for number, medium in enumerate(
            ("social", "social-network", "social-media", "sm", "social network", "social media")
        )
    ),
    Visit("organic_social_before_email", "facebook", "email", "Organic Social"),
    Visit("socials", "club.example", "socials", "Unassigned"),
    Visit("organic_video", "vimeo.com", "referral", "Organic Video"),
    Visit("organic_video_medium", "club.example", "product-video", "Organic Video"),
    Visit("vide", "club.example", "vide", "Unassigned"),
    Visit("organic_search", "duckduckgo", "organic", "Organic Search"),
    Visit("organic_search_source", "qwant.com", "referral", "Organic Search"),
    Visit("organic_search_medium", "finder.example", "organic", "Organic Search"),
    Visit("no_search_site", "finder.example", "referral", "Referral"),
    Visit("ai_assistant", "new-assistant.example", "ai-assistant", "AI Assistant", campaign="(ai-assistant)"),
    Visit("ai_assistant_before_june", "chatgpt.com", "referral", "AI Assistant"),
    Visit("ai_assistant_tag", "chatgpt.com", "(not set)", "AI Assistant"),
    Visit("ai_assistant_tag_alone", "chatgpt.com", None, "AI Assistant"),
    Visit("ai_assistant_none", "perplexity.ai", "(none)", "AI Assistant"),
    Visit("ai_assistant_unknown", "new-assistant.example", "referral", "Referral"),
    Visit("ai_assistant_ad", "chatgpt.com", "cpc", "Paid Other"),
    Visit("referral", "blog.example", "referral", "Referral"),
    Visit("referral_app", "blog.example", "app", "Referral"),
    Visit("referral_link", "blog.example", "link", "Referral"),
    Visit("referral_before_email", "email", "referral", "Referral"),
    Visit("linked", "blog.example", "linked", "Unassigned"),
    *(Visit(f"email_{number}", "newsletter", word, "Email") for number, word in enumerate(MAILS)),
    *(Visit(f"email_source_{number}", word, "(not set)", "Email") for number, word in enumerate(MAILS)),
    Visit("newsletter", "newsletter", "newsletter", "Unassigned"),
    Visit("affiliates", "vouchers.example", "affiliate", "Affiliates"),
    Visit("affiliates_plural", "vouchers.example", "affiliates", "Unassigned"),
    Visit("audio", "podcast.example", "audio", "Audio"),
    Visit("audiobook", "podcast.example", "audiobook", "Unassigned"),
    Visit("sms", "bot", "sms", "SMS"),
    Visit("sms_source", "sms", "text", "SMS"),
    Visit("mms", "bot", "mms", "Unassigned"),
    Visit("push", "bot", "web push", "Mobile Push Notifications"),
    Visit("push_mobile", "bot", "in-mobile-app", "Mobile Push Notifications"),
    Visit("push_notification", "bot", "notifications", "Mobile Push Notifications"),
    Visit("push_firebase", "firebase", "(not set)", "Mobile Push Notifications"),
    Visit("pushed", "bot", "pushed", "Unassigned"),
    Visit("not_set", "(not set)", "(not set)", "Unassigned"),
)
# GA4's own words, the configuration, and which of them wins.
ORDER = (
    Visit("reported", "google", "cpc", "Email", "ga4_reported", was="Email"),
    Visit("reported_not_set", "google", "cpc", "Paid Search", was="(not set)"),
    Visit("own_source", "Intranet.example", "referral", "Organic Search"),
    Visit("own_source_subdomain", "www.intranet.example", "referral", "Referral"),
    Visit("source_taken_out", "stripe.com", "referral", "Referral"),
    Visit("source_left_in", "checkout.stripe.com", "referral", "Organic Shopping"),
    Visit("own_rule", "shop.PARTNER.example", "referral", "Partners", "custom_rule_1", was="Referral"),
    Visit("own_rule_other_source", "notpartner.example", "referral", "Referral", "ga4_reported", was="Referral"),
    Visit("own_rule_second", "partner.example", "cpc", "Email", "custom_rule_3", was="Paid Other"),
    Visit("own_rule_first_wins", "partner.example", "link", "Partners", "custom_rule_1", was="Referral"),
    Visit("own_rule_paid", "blog.example", "x", "Sponsoring", "custom_rule_2", was="Unassigned",
          campaign="O'Neil 2026"),
    Visit("own_rule_page", "(direct)", "(none)", "Fairs", "custom_rule_4", was="Direct", page="/fair/berlin"),
    Visit("own_rule_page_of_nobody", None, None, "Fairs", "custom_rule_4", page="/fair"),
    Visit("own_rule_page_of_a_link", None, "referral", "Referral", page="/fair"),
    Visit("own_rule_other_page", "(direct)", "(none)", "Direct", "ga4_reported", was="Direct", page="/fairness"),
    Visit("own_rule_with_click", "partner.example", "referral", "Partners", "custom_rule_1", was="Referral",
          url="gclid=unknown"),
    Visit("ads_link", "google", "cpc", "Paid Video", "google_ads_link",
          more={"session_google_ads_campaign_id": "13"}, becomes={"campaign_rule": "google_ads_link"}),
    Visit("ads_link_unknown", "google", "cpc", "Paid Search", more={"session_google_ads_campaign_id": "99"}),
)  # fmt: skip
GOOGLE = {"source": "google", "medium": "cpc"}
# Clicks on ads that GA4 takes for unpaid ones.
REPAIRS = (
    Visit("gclid", "(direct)", "(none)", "Paid Search", "gclid", was="Direct", url="gclid=u", becomes=GOOGLE),
    Visit("gclid_collected", "google", "organic", "Paid Search", "gclid", was="Organic Search",
          more={"collected_gclid": "u"}, becomes=GOOGLE),
    Visit("gclid_with_ga4s_word", "google", "organic", "Paid Search", "gclid", was="Organic Search", url="gclid=u",
          campaign="(organic)", becomes={"campaign_name": None}),
    Visit("gclid_video", "youtube.com", "referral", "Paid Search", "gclid", was="Organic Video", url="gclid=u"),
    Visit("gclid_shared", "facebook.com", "referral", "Organic Social", "ga4_reported", was="Organic Social",
          url="gclid=u"),
    Visit("gclid_mail", "newsletter", "email", "Email", "ga4_reported", was="Email", url="gclid=u"),
    Visit("gclid_tagged", "google", "organic", "Organic Search", "ga4_reported", was="Organic Search",
          url="utm_source=google&utm_medium=organic&gclid=u"),
    Visit("gclid_tagged_without_medium", "google", "organic", "Paid Search", "gclid", was="Organic Search",
          url="utm_source=x&gclid=u"),
    Visit("gclid_tagged_unknown", "g", "x", "Paid Search", "gclid", was="Unassigned",
          url="utm_source=g&utm_medium=x&gclid=u", becomes=GOOGLE),
    Visit("gclid_empty", "(direct)", "(none)", "Direct", "ga4_reported", was="Direct", url="gclid=&x=1"),
    Visit("no_gclid", "(direct)", "(none)", "Direct", "ga4_reported", was="Direct", url="agclid=u"),
    Visit("wbraid", "google", "organic", "Paid Search", "wbraid", was="Organic Search", url="wbraid=u", becomes=GOOGLE),
    Visit("gbraid", "blog.example", "referral", "Paid Search", "gbraid", was="Referral", url="gbraid=u",
          becomes=GOOGLE),
    Visit("gbraid_by_rules", "google", "organic", "Paid Search", "gbraid", url="gbraid=u"),
    Visit("msclkid", "bing", "organic", "Paid Search", "msclkid", was="Organic Search", url="msclkid=u",
          becomes={"source": "bing", "medium": "cpc"}),
    Visit("msclkid_shared", "reddit.com", "referral", "Organic Social", "ga4_reported", was="Organic Social",
          url="msclkid=u"),
    Visit("ttclid", "tiktok.com", "referral", "Paid Social", "ttclid", was="Organic Social", url="ttclid=u",
          becomes={"source": "tiktok", "medium": "paid"}),
    Visit("ttclid_tagged", "tiktok", "social", "Organic Social", "ga4_reported", was="Organic Social",
          url="utm_source=tiktok&utm_medium=social&ttclid=u"),
    Visit("ttclid_search", "google", "organic", "Organic Search", "ga4_reported", was="Organic Search",
          url="ttclid=u"),
    Visit("li_fat_id", "(direct)", "(none)", "Paid Social", "li_fat_id", was="Direct", url="li_fat_id=u",
          becomes={"source": "linkedin", "medium": "paid"}),
    Visit("li_fat_id_video", "vimeo.com", "referral", "Organic Video", "ga4_reported", was="Organic Video",
          url="li_fat_id=u"),
    Visit("fbclid", "(direct)", "(none)", "Organic Social", "fbclid", was="Direct", url="fbclid=u",
          becomes={"source": "facebook", "medium": "social"}),
    Visit("fbclid_paid", "facebook", "paid", "Paid Social", "ga4_reported", was="Paid Social", url="fbclid=u"),
    Visit("fbclid_search", "google", "organic", "Organic Search", "ga4_reported", was="Organic Search", url="fbclid=u"),
    Visit("fbclid_of_a_campaign", "(not set)", "(not set)", "Paid Social", "campaign", was="Unassigned",
          url="fbclid=u&utm_id=21", more={"session_campaign_id": "21"},
          becomes={"source": "facebook", "campaign_rule": "utm_id"}),
    Visit("fbclid_referral_of_a_campaign", "facebook.com", "referral", "Paid Social", "campaign", was="Referral",
          url="fbclid=u", more={"session_campaign_id": "21"}, becomes={"source": "facebook.com"}),
    Visit("two_click_ids", "(direct)", "(none)", "Paid Search", "gclid", was="Direct", url="fbclid=u&gclid=u",
          becomes={"click_id_type": "gclid"}),
)  # fmt: skip


def _campaign(rule: str | None, campaign_id: str | None, **more: Any) -> Row:
    return {"campaign_rule": rule, "campaign_id": campaign_id, **more}


PAID: dict[str, Any] = {"was": "Paid Search", "rule": "ga4_reported"}
# Which campaign it was, by the strongest proof at hand.
CAMPAIGNS = (
    Visit("by_link", "google", "cpc", "Paid Search", **PAID, url="gclid=G12&utm_id=21",
          more={"session_google_ads_campaign_id": "11", "session_campaign_id": "21"},
          becomes=_campaign("google_ads_link", "11")),
    Visit("by_url", "google", "organic", "Cross-network", "wbraid", was="Organic Search",
          url="gad_source=1&gad_campaignid=12&wbraid=u", becomes=_campaign("gad_campaignid", "12")),
    Visit("by_url_without_click", "google", "organic", "Organic Search", "ga4_reported", was="Organic Search",
          url="gad_campaignid=12", becomes=_campaign(None, None)),
    Visit("by_utm_id", "facebook", "paid", "Paid Social", "ga4_reported", was="Paid Social",
          more={"session_campaign_id": "21", "session_campaign_name": "Brand"}, becomes=_campaign("utm_id", "21")),
    Visit("by_utm_id_before_click", "google", "cpc", "Paid Search", **PAID, url="gclid=G12",
          more={"session_campaign_id": "21"}, becomes=_campaign("utm_id", "21")),
    Visit("by_utm_id_of_two", "google", "cpc", "Paid Search", **PAID, url="gclid=G12",
          more={"session_campaign_id": "77"}, becomes=_campaign("click_view", "12")),
    Visit("by_click", "(direct)", "(none)", "Cross-network", "gclid", was="Direct", url="gclid=G12",
          becomes=_campaign("click_view", "12", campaign_name="Everything")),
    Visit("by_click_unknown", "(direct)", "(none)", "Paid Search", "gclid", was="Direct", url="gclid=G99",
          becomes=_campaign(None, None)),
    Visit("by_name", "ig", "paid", "Paid Social", "ga4_reported", was="Paid Social", campaign="spring-sale+2026",
          becomes=_campaign("name", "22", campaign_name="Spring_Sale 2026")),
    Visit("by_name_other", "ig", "paid", "Paid Social", "ga4_reported", was="Paid Social", campaign="spring sale 2025",
          becomes=_campaign(None, None, campaign_name="spring sale 2025")),
    Visit("by_name_of_two", "google", "cpc", "Paid Search", **PAID, campaign="Brand", becomes=_campaign(None, None)),
    Visit("by_name_of_a_mail", "newsletter", "email", "Email", "ga4_reported", was="Email", campaign="Spring Sale 2026",
          becomes=_campaign(None, None, campaign_name="Spring Sale 2026")),
    Visit("odd_medium", "meta", "x", "Paid Social", "campaign", was="Unassigned", more={"session_campaign_id": "21"},
          becomes=_campaign("utm_id", "21", source="meta")),
    Visit("paid_other_of_a_campaign", "meta", "paid", "Paid Social", "campaign", was="Paid Other",
          more={"session_campaign_id": "21"}),
    Visit("referral_of_a_campaign", "blog.example", "referral", "Referral", "ga4_reported", was="Referral",
          more={"session_campaign_id": "21"}, becomes=_campaign("utm_id", "21")),
    Visit("odd_medium_of_nobody", "meta", "x", "Unassigned", "ga4_reported", was="Unassigned",
          more={"session_campaign_id": "98"}, becomes=_campaign(None, None)),
)  # fmt: skip
VISITS = (*DEFAULT_RULES, *ORDER, *REPAIRS, *CAMPAIGNS)


def _event(client: str | None, at: str, name: str, **columns: Any) -> Row:
    """An event at `at` (UTC); `session`, `page`, `engaged`, `seconds` and `currency` are parameters."""
    params: Row = {}
    for key, parameter, kind in (
        ("session", "ga_session_id", "int_value"),
        ("page", "page_location", "string_value"),
        ("engaged", "session_engaged", "string_value"),
        ("seconds", "engagement_time_msec", "int_value"),
        ("currency", "currency", "string_value"),
    ):
        if (value := columns.pop(key, None)) is not None:
            params[parameter] = {kind: str(value * 1000 if key == "seconds" else value)}
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {
        "property_id": PROPERTY,
        "event_date": columns.pop("day", at[:10]),
        "event_timestamp": int(moment.timestamp()) * 1_000_000,
        "event_name": name,
        "event_params": json.dumps(params),
        "user_pseudo_id": client,
        "stream_id": "1",
        **columns,
    }


def _visit(visit: Visit) -> Row:
    columns = traffic(visit.was, "", "")
    columns.update(session_source=visit.source, session_medium=visit.medium, session_campaign_name=visit.campaign)
    page = f"https://larkspur.example{visit.page}{'?' if visit.url else ''}{visit.url}"
    return _event(visit.name, f"{DAY} 09:00:00", "page_view", session=1, page=page, **{**columns, **visit.more})


def _purchase(client: str, at: str, transaction: str, revenue: str, **more: Any) -> Row:
    return _event(client, at, "purchase", session=1, transaction_id=transaction, purchase_revenue=revenue, **more)


HOME = "https://larkspur.example/"
CROWD = tuple(
    _event(f"crowd{day}-{number}", f"2026-02-{day} 10:00:00", "page_view", session=1)
    for day, people in ((14, 229), (15, 227))
    for number in range(people)
)
# Session examples, each a browser; 10 February 23:50 in Berlin is 22:50 in UTC.
SESSION_EVENTS = (
    _event("midnight", "2026-02-10 22:50:00", "page_view", session=1, page=f"{HOME}late?x=1"),
    _event("midnight", "2026-02-10 23:10:00", "page_view", session=1, page=f"{HOME}later", day="2026-02-11"),
    # a server's event within half an hour of a visit belongs to it, after a longer pause it stands alone
    _event("server", "2026-02-20 10:00:00", "page_view", session=7, page=HOME),
    _event("server", "2026-02-20 10:30:00", "generate_lead"),
    _event("server", "2026-02-20 11:00:01", "generate_lead"),
    # ... or comes just before it
    _event("early", "2026-02-20 10:00:00", "generate_lead"),
    _event("early", "2026-02-20 10:00:05", "page_view", session=8, page=HOME),
    # GA4's own sessions stay, whatever their pauses
    _event("slow", "2026-02-20 10:00:00", "page_view", session=9, page=HOME),
    _event("slow", "2026-02-20 11:30:00", "page_view", session=9, page=HOME),
    # no session ids at all: a pause of 30 minutes and one second parts two visits (1771581600 is 10:00:00)
    _event("tool", "2026-02-20 10:00:00", "page_view", page=f"{HOME}a"),
    _event("tool", "2026-02-20 10:30:00", "page_view", page=f"{HOME}b"),
    _event("tool", "2026-02-20 11:00:01", "page_view", page=f"{HOME}c"),
    _event(None, "2026-02-20 10:00:00", "page_view", page=HOME),
    # engaged or not
    _event("glance", "2026-02-21 10:00:00", "page_view", session=1, page=HOME, seconds=9),
    _event("reader", "2026-02-21 10:00:00", "page_view", session=1, page=HOME, seconds=10),
    _event("lead", "2026-02-21 10:00:00", "generate_lead", session=1, page=HOME),
    _event("pages", "2026-02-21 10:00:00", "page_view", session=1, page=f"{HOME}first"),
    _event("pages", "2026-02-21 10:00:01", "page_view", session=1, page=f"{HOME}second"),
    _event("screens", "2026-02-21 10:00:00", "screen_view", session=1),
    _event("screens", "2026-02-21 10:00:01", "screen_view", session=1),
    _event("flag_says_no", "2026-02-21 10:00:00", "page_view", session=1, page=HOME, seconds=60, engaged="0"),
    _event("flag_says_yes", "2026-02-21 10:00:00", "page_view", session=1, page=HOME, engaged="0"),
    _event("flag_says_yes", "2026-02-21 10:00:01", "scroll", session=1, page=HOME, engaged="1"),
    # orders: the thank-you page loaded twice, two orders, two currencies, and one without a currency
    _purchase("buyer", "2026-02-22 10:00:00", "T1", "19.90", currency="eur"),
    _purchase("buyer", "2026-02-22 10:00:09", "T1", "19.90", currency="eur"),
    _purchase("buyer", "2026-02-22 10:01:00", "T2", "0.10", currency="EUR"),
    _purchase("traveller", "2026-02-22 10:00:00", "T3", "16.00", currency="USD"),
    _purchase("traveller", "2026-02-22 10:05:00", "T4", "5.00", currency="EUR"),
    _purchase("nameless", "2026-02-22 10:00:00", "(not set)", "8.00", currency="USD"),
    _purchase("nameless", "2026-02-22 10:00:01", "(not set)", "8.00", currency="USD"),
    _purchase("currencyless", "2026-02-22 10:00:00", "T5", "8.00"),
)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the visits, and the campaigns and clicks that they came from, into the raw tables."""
    events = [*map(_visit, VISITS), *SESSION_EVENTS, *CROWD]
    insert(
        connection, "raw_ga4_export.events", *({**event, "row_index": index} for index, event in enumerate(events, 1))
    )
    insert(
        connection,
        "raw_fx_rates.ecb_rates",
        *({"date": day, "currency_code": "USD", "rate": rate} for day, rate in ((DAY, "2.0"), ("2026-02-20", "1.6"))),
    )
    insert(connection, "raw_google_ads.customers", {"customer_id": "41", "currency_code": "EUR"})
    insert(
        connection,
        "raw_google_ads.campaign_daily",
        *(
            {"customer_id": "41", "date": DAY, "campaign_id": number, "campaign_name": name, "cost_micros": "1000000",
             "advertising_channel_type": kind, "impressions": "10", "clicks": "1"}
            for number, name, kind in (
                ("11", "Brand", "SEARCH"), ("12", "Everything", "PERFORMANCE_MAX"), ("13", "Clips", "VIDEO"),
                ("77", "Seven", "SEARCH"),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_meta_ads.campaign_daily",
        *(
            {"account_id": "31", "date_start": DAY, "account_currency": "USD", "campaign_id": number,
             "campaign_name": name, "impressions": "10", "clicks": "1", "spend": "1.00"}
            for number, name in (("21", "Brand"), ("22", "Spring_Sale 2026"), ("77", "Seventy"))
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_google_ads.click_view",
        {"customer_id": "41", "date": DAY, "gclid": "G12", "campaign_id": "12"},
    )
    insert(
        connection,
        "raw_ga4.day_totals",
        *(
            {"property_id": PROPERTY, "date": day, "sessions": sessions, "engaged_sessions": "1"}
            for day, sessions in (
                ("2026-01-31", "90"),  # before the export was linked
                ("2026-02-10", "1"), ("2026-02-11", "1"),  # one session, counted on both days
                ("2026-02-12", "11"),  # the export lost a day of eleven sessions; ten would be too few to tell
                ("2026-02-13", "10"),
                ("2026-02-14", "241"),  # the export has 229: twelve less, and a twentieth of 241 is 12.05
                ("2026-02-15", "240"),  # the export has 227: thirteen less, and a twentieth of 240 is 12
                ("2026-03-06", "90"),  # older than three days
                ("2026-03-07", "90"),
                ("2026-03-08", "90"),  # still changing
            )
        ),
    )  # fmt: skip
    insert(
        connection, "raw_ga4_export.events",
        {**_event("newest", "2026-03-09 10:00:00", "page_view", session=1, page=HOME), "row_index": 999},
    )  # fmt: skip

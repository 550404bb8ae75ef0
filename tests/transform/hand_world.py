"""A business of a few people whose every number can be worked out by hand, as rows of the raw tables.

Reporting currency EUR, business day Europe/Berlin, look-back 90 days, seen from 2026-03-10.

Anna   two contacts merged (501 took over 502), so two browsers: clicks a Brand ad on 9 January, becomes a lead by a
       direct visit on the 12th, comes back by e-mail on the 20th from the second browser, buys for 300 EUR on
       10 February; a direct visit on the 20th leads to 100 CHF on 6 March 00:30 in Berlin (5 March in UTC)
Ben    GA4 files his click from Facebook under Direct; the contact shares only the fbclid with his browser
Cora   no browser: an offline contact, buys for 160 USD in January and 10 EUR in February
Dan    GA4 files his click on a Performance Max ad under Organic Search; only the click view knows the campaign
Eve    first visit in October, more than 90 days before she buys for 50 EUR on 1 February, a second in January; a
       contact of the file drop has the same e-mail hash, and buys for 40 EUR on 1 March
Nobody a visit without consent, an archived contact, an archived won deal, a lost deal
Deal   906, won for 10 EUR in February, has no contact
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import duckdb

AS_OF = datetime(2026, 3, 10, 8, tzinfo=UTC)
PROPERTY = "345678901"

Row = dict[str, Any]


def insert(connection: duckdb.DuckDBPyConnection, table: str, *rows: Row) -> None:
    """Put rows into a raw table; columns that a row leaves out are NULL."""
    for row in rows:
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values()))


def event(client: str | None, session: int, at: str, name: str, row_index: int, **columns: Any) -> Row:
    """A GA4 event at `at` (UTC); `page`, `engaged` and `seconds` are parameters."""
    page = columns.pop("page", "https://larkspur.example/chairs")
    params: Row = {"page_location": {"string_value": page}}
    if client is not None:
        params["ga_session_id"] = {"int_value": str(session)}
    if (engaged := columns.pop("engaged", None)) is not None:
        params["session_engaged"] = engaged
    if (seconds := columns.pop("seconds", None)) is not None:
        params["engagement_time_msec"] = {"int_value": str(seconds * 1000)}
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {
        "property_id": PROPERTY,
        "event_date": columns.pop("day", moment.date()),
        "row_index": row_index,
        "event_timestamp": int(moment.timestamp()) * 1_000_000,
        "event_name": name,
        "event_params": json.dumps(params),
        "user_pseudo_id": client,
        "stream_id": "1",
        "device_category": "desktop",
        "geo_country": "Germany",
        **columns,
    }


def traffic(channel: str | None, source: str, medium: str, **more: Any) -> Row:
    """GA4's last click of the session."""
    return {"session_channel_group": channel, "session_source": source, "session_medium": medium, **more}


DIRECT = traffic("Direct", "(direct)", "(none)")
BRAND_CLICK = traffic("Paid Search", "google", "cpc", session_google_ads_campaign_id="11", collected_gclid="G1")
FIRST_PAGE = event(
    "111.1", 1, "2026-01-09 10:00:00", "page_view", 2,
    page="https://larkspur.example/desks?gclid=G1", **BRAND_CLICK,
)  # fmt: skip
EVENTS = (
    event("111.1", 1, "2026-01-09 10:00:00", "session_start", 1, **BRAND_CLICK),
    FIRST_PAGE,
    # exported twice by the vendor
    {**FIRST_PAGE, "row_index": 3},
    event(
        "111.1", 1, "2026-01-09 10:00:20", "user_engagement", 4,
        engaged={"string_value": "1"}, seconds=12, **BRAND_CLICK,
    ),
    event("111.1", 2, "2026-01-12 09:00:00", "page_view", 5, engaged={"int_value": "0"}, **DIRECT),
    event("111.1", 2, "2026-01-12 09:05:00", "generate_lead", 6, engaged={"int_value": "1"}, **DIRECT),
    event("111.2", 3, "2026-01-20 18:00:00", "page_view", 7, **traffic("Email", "newsletter", "email")),
    event("111.1", 4, "2026-02-20 08:00:00", "page_view", 8, **DIRECT),
    event("222.1", 5, "2026-01-10 12:00:00", "page_view", 9, page="https://larkspur.example/?fbclid=F1", **DIRECT),
    # 23:30 in UTC is the next day for the property
    event(
        "333.1", 6, "2026-01-04 23:30:00", "page_view", 10, day="2026-01-05",
        page="https://larkspur.example/?utm_source=x&gclid=G2#top", **traffic("Organic Search", "google", "organic"),
    ),
    event("444.1", 7, "2025-10-20 07:00:00", "page_view", 11, **traffic(None, "google", "organic")),
    event("444.1", 8, "2026-01-09 07:00:00", "page_view", 12, **traffic("Referral", "magazine.example", "referral")),
    event(None, 0, "2026-01-09 07:00:00", "page_view", 13, **DIRECT),
)  # fmt: skip


def _campaign_day(account: str, day: str, campaign: str, device: str, *measures: str) -> Row:
    micros, seen, clicks = measures
    name, kind = {"11": ("Brand", "SEARCH"), "12": ("Everything", "PERFORMANCE_MAX")}[campaign]
    return {
        "customer_id": account,
        "date": day,
        "campaign_id": campaign,
        "campaign_name": name,
        "advertising_channel_type": kind,
        "device": device,
        "ad_network_type": "SEARCH",
        "impressions": seen,
        "clicks": clicks,
        "cost_micros": micros,
        "conversions": 1.5 if device == "DESKTOP" else 0.0,
        "conversions_value": 30.0 if device == "DESKTOP" else 0.0,
        # below 10 % is all that Google says of mobiles; other networks have no share
        "search_impression_share": {"11DESKTOP": 0.5, "11MOBILE": 0.0999}.get(campaign + device),
    }


def _meta_day(day: str, spend: str, **more: Any) -> Row:
    return {
        "account_id": "31",
        "date_start": day,
        "account_currency": "USD",
        "campaign_id": "21",
        "campaign_name": "Prospecting",
        "impressions": "500",
        "clicks": "9",
        "inline_link_clicks": "7",
        "spend": spend,
        **more,
    }


def _actions(**values: str) -> str:
    return json.dumps([{"action_type": kind, "value": value, "7d_click": value} for kind, value in values.items()])


def _contact(contact_id: str, created_at: str, **more: Any) -> Row:
    return {"contact_id": contact_id, "is_archived": False, "created_at": f"{created_at}+00", **more}


def _deal(deal_id: str, closed_at: str, amount: str, currency: str, **more: Any) -> Row:
    return {
        "deal_id": deal_id,
        "is_archived": False,
        "closed_at": f"{closed_at}+00",
        "is_closed": True,
        "is_won": True,
        "amount": amount,
        "currency_code": currency,
        **more,
    }


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the world into the raw tables."""
    insert(
        connection,
        "raw_fx_rates.ecb_rates",
        *(
            {"date": day, "currency_code": currency, "rate": rate}
            for day, usd, chf in (
                ("2026-01-09", "1.2500", "0.8000"),  # a Friday: 0.8 EUR a dollar, 1.25 EUR a franc
                ("2026-01-12", "1.6000", "1.0000"),  # Monday: 0.625 and 1
                ("2026-01-30", "1.6000", "0.8000"),
                ("2026-03-06", "1.6000", "0.8000"),
            )
            for currency, rate in (("USD", usd), ("CHF", chf))
        ),
    )
    insert(
        connection,
        "raw_google_ads.customers",
        {"customer_id": "41", "currency_code": "EUR", "time_zone": "Europe/Berlin"},
        {"customer_id": "42", "currency_code": "CHF", "time_zone": "Europe/Zurich"},
    )
    insert(
        connection,
        "raw_google_ads.campaign_daily",
        _campaign_day("41", "2026-01-09", "11", "DESKTOP", "12340000", "1000", "40"),
        _campaign_day("41", "2026-01-09", "11", "MOBILE", "660000", "200", "10"),
        _campaign_day("42", "2026-01-10", "12", "MOBILE", "10000000", "300", "3"),
        _campaign_day("42", "2026-01-12", "12", "MOBILE", "10000001", "300", "3"),
    )
    insert(
        connection,
        "raw_google_ads.conversions_daily",
        *(
            {
                "customer_id": "41", "date": "2026-01-09", "campaign_id": "11", "conversion_action": kind,
                "conversion_action_category": kind, "conversions": count, "conversions_value": value,
            }
            for kind, count, value in (("SUBMIT_LEAD_FORM", 0.5, 0.0), ("PURCHASE", 1.0, 30.0))
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_google_ads.click_view",
        {"customer_id": "41", "date": "2026-01-09", "gclid": "G1", "campaign_id": "11"},
        {"customer_id": "42", "date": "2026-01-05", "gclid": "G2", "campaign_id": "12"},
    )
    insert(
        connection,
        "raw_meta_ads.campaign_daily",
        _meta_day(
            "2026-01-11", "5.00",  # a Sunday
            actions=_actions(link_click="7", omni_purchase="2", purchase="2", lead="3"),
            action_values=_actions(purchase="50.00", omni_purchase="50.00"),
        ),
        _meta_day("2026-01-12", "8.00"),
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.costs",
        {"file_name": "costs.csv", "line_number": 2, "date": "2026-01-10", "channel": "email", "campaign": "January",
         "cost": "20.00", "currency_code": "EUR", "clicks": "30"},
        {"file_name": "costs.csv", "line_number": 3, "date": "2026-01-31", "channel": "Agency", "campaign": "Retainer",
         "cost": "800.00", "currency_code": "chf"},
    )  # fmt: skip
    insert(connection, "raw_ga4_export.events", *EVENTS)
    # a dropped file repeats a day that the export holds too
    insert(connection, "raw_file_drop.ga4_events", {"file_name": "again.jsonl", **FIRST_PAGE, "row_index": 1})
    insert(
        connection,
        "raw_hubspot.contacts",
        _contact("501", "2026-01-12 09:05:10", ga_client_id="111.1", merged_object_ids="502",
                 entered_lead_at="2026-01-12 09:05:00+00", entered_mql_at="2026-01-15 10:00:00+00",
                 entered_customer_at="2026-02-10 12:00:00+00", analytics_source="PAID_SEARCH", country="DE"),
        _contact("502", "2026-01-20 18:10:00", is_archived=True, ga_client_id="111.2"),
        _contact("503", "2026-01-14 08:00:00", facebook_click_id="F1", entered_mql_at="2026-01-16 08:00:00+00"),
        _contact("504", "2026-01-08 08:00:00", analytics_source="OFFLINE", lifecycle_stage="customer"),
        _contact("505", "2026-01-09 07:10:00", ga_client_id="444.1", email_hash="hash-of-eve"),
        _contact("506", "2026-01-09 07:10:00", is_archived=True),
    )  # fmt: skip
    insert(
        connection,
        "raw_hubspot.deals",
        _deal("901", "2026-02-10 12:00:00", "300.00", "EUR", gross_margin="100.00"),
        _deal("902", "2026-03-05 23:30:00", "100.00", "CHF"),
        _deal("903", "2026-01-12 10:00:00", "160.00", "USD", gross_margin="16.00"),
        _deal("904", "2026-02-01 12:00:00", "50.00", "EUR", gross_margin="20.00"),
        _deal("905", "2026-02-01 12:00:00", "5000.00", "EUR", is_archived=True),
        _deal("906", "2026-02-15 12:00:00", "10.00", "EUR"),
        _deal("907", "2026-02-20 12:00:00", "10.00", "EUR"),
        _deal("908", "2026-02-20 12:00:00", "7000.00", "EUR", is_won=False),
    )
    insert(
        connection,
        "raw_hubspot.deals",
        *(
            {"deal_id": deal, "is_archived": False, "created_at": f"{at}+00", "is_closed": False, "is_won": False,
             "pipeline_id": "default", "stage_id": stage, "amount": amount, "currency_code": currency}
            for deal, at, stage, amount, currency in (
                ("909", "2026-02-10 09:00:00", "contract", "1000.00", "EUR"),
                ("910", "2026-03-06 09:00:00", "offer", "160.00", "USD"),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_hubspot.deal_stages",
        *(
            {"deal_id": deal, "stage": stage, "entered_at": f"{at}+00", "set_by": "CRM_UI"}
            for deal, stage, at in (
                ("909", "offer", "2026-02-10 09:00:00"),
                # 0:30 on 2 March in Berlin
                ("909", "contract", "2026-03-01 23:30:00"),
                ("910", "offer", "2026-03-06 09:00:00"),
            )
        ),
    )
    insert(
        connection,
        "raw_hubspot.pipeline_stages",
        *(
            {"pipeline_id": "default", "stage_id": stage, "label": stage.title(), "display_order": order,
             "is_closed": closed, "probability": probability}
            for order, (stage, closed, probability) in enumerate(
                (("offer", "false", "0.5"), ("contract", "false", "0.8"), ("closedwon", "true", "1.0"))
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_hubspot.deal_contacts",
        *(
            {"deal_id": deal, "contact_id": contact}
            for deal, contact in (
                ("901", "501"), ("901", "503"), ("902", "501"), ("903", "504"), ("904", "505"), ("905", "505"),
                ("907", "504"), ("908", "505"), ("909", "501"), ("910", "504"),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.crm_contacts",
        {"file_name": "crm_contacts.csv", "line_number": 2, "contact_id": "X1", "created_at": "2026-02-25 08:00:00+00",
         "email_hash": "hash-of-eve", "lifecycle_stage": "customer"},
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.crm_deals",
        {"file_name": "crm_deals.csv", "line_number": 2, "deal_id": "D1", "contact_id": "X1",
         "closed_at": "2026-03-01 10:00:00+00", "is_won": True, "amount": "40.00", "currency_code": "EUR"},
        # expected to close some day
        {"file_name": "crm_deals.csv", "line_number": 3, "deal_id": "D2", "contact_id": "X1", "stage": "Talks",
         "created_at": "2026-03-07 10:00:00+00", "closed_at": "2026-05-01 10:00:00+00", "is_won": False,
         "amount": "70.00", "currency_code": "EUR"},
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.budgets",
        {"file_name": "budgets.csv", "line_number": 2, "month": "2026-01-01", "channel": "paid search",
         "amount": "310.00", "currency_code": "EUR"},
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.surveys",
        # corrected in a second file: the later answer counts
        *(
            {"file_name": name, "line_number": 2, "response_id": response, "submitted_at": at, "score": score,
             "email_hash": email_hash}
            for name, response, at, score, email_hash in (
                ("a.csv", "R1", "2026-03-01 09:00:00+00", 3, None),
                ("b.csv", "R1", "2026-03-05 23:30:00+00", 9, "hash-of-eve"),
                ("c.csv", "R2", "2026-03-02 09:00:00+00", 6, None),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_meta_ads.account_daily",
        *(
            {"account_id": account, "date_start": day, "account_currency": "USD", "impressions": seen, "spend": spend,
             "reach": reach}
            for account, day, seen, spend, reach in (
                ("31", "2026-01-11", "500", "5.00", "420"),
                ("31", "2026-01-12", "500", "8.00", "430"),
                # ads that cost nothing were seen all the same
                ("32", "2026-01-12", "90", "0.00", "80"),
                ("31", "2026-01-13", "200", "0.00", "150"),
                ("32", "2026-01-13", "0", "0.00", None),
            )
        ),
    )  # fmt: skip
    for table, read in (
        (
            "weekly",
            # the second week was under way, and so was the third when it was read last
            (("31", "2026-01-05", "2026-01-11", "420"), ("31", "2026-01-12", "2026-01-13", "520"),
             ("32", "2026-01-12", "2026-01-18", "80"), ("31", "2026-01-26", "2026-01-28", "300"),
             ("31", "2026-02-02", "2026-02-08", "350"), ("31", "2026-02-09", "2026-02-11", "90")),
        ),
        ("monthly", (("31", "2026-01-01", "2026-01-31", "900"), ("31", "2026-02-01", "2026-02-11", "400"))),
    ):  # fmt: skip
        insert(
            connection,
            f"raw_meta_ads.account_{table}",
            *(
                {"account_id": account, "date_start": start, "date_stop": stop, "account_currency": "USD",
                 "impressions": "500", "spend": "1.00", "reach": reach}
                for account, start, stop, reach in read
            ),
        )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.social_posts",
        *(
            {"file_name": "social_posts.csv", "line_number": line, "network": network, "post_id": "P1",
             "published_at": f"{at}+00", "likes": likes, "comments": "2", "shares": "1", "saves": saves,
             "reach": reach, "views": views}
            for line, network, at, likes, saves, reach, views in (
                # half past midnight in Berlin
                (2, "LinkedIn", "2026-02-28 23:30:00", "10", None, "400", "900"),
                (3, "youtube", "2026-03-02 09:00:00", "0", "4", None, "250"),
                # planned, not yet published
                (4, "instagram", "2026-03-20 09:00:00", "0", None, "0", None),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.social_followers",
        *(
            {"file_name": "social_followers.csv", "line_number": line, "date": day, "network": network,
             "followers": followers}
            for line, day, network, followers in (
                (2, "2026-03-02", "linkedin", "400"), (3, "2026-03-04", "linkedin", "410"),
                (4, "2026-03-03", "youtube", "50"),
            )
        ),
    )  # fmt: skip
    insert(
        connection,
        "ops.loads",
        *(
            {"source": source, "started_at": f"{at}+00", "as_of": f"{at}+00", "newest_data_day": newest,
             "failed": failed}
            for source, at, newest, failed in (
                ("google_ads", "2026-03-07 06:00:00", "2026-03-06", None),
                ("google_ads", "2026-03-07 09:00:00", None, "the token ran out"),
                ("google_ads", "2026-03-09 06:00:00", "2026-03-08", None),
                # not enabled
                ("meta_ads", "2026-03-09 07:00:00", "2026-03-08", None),
            )
        ),
    )  # fmt: skip
    connection.execute(
        "update ops.sources set newest_data_day = '2026-03-08', is_enabled = true where source = 'google_ads'"
    )

"""Identity and sessions of the hand-made world."""

from __future__ import annotations

from datetime import date, datetime

from tests.transform.conftest import Built


def test_identifiers_find_their_person(built: Built) -> None:
    rows = built.rows(
        "select list(identifier_type || ' ' || identifier_value order by identifier_type, identifier_value)"
        " from marts.bridge_person_identifier group by person_id order by 1"
    )
    assert [row[0] for row in rows] == [
        ["contact_id 501", "contact_id 502", "ga_client_id 111.1", "ga_client_id 111.2", "gclid G1"],
        ["contact_id 503", "fbclid F1", "ga_client_id 222.1"],
        ["contact_id 504"],
        ["contact_id 505", "contact_id file_drop:X1", "email_hash hash-of-eve", "ga_client_id 444.1"],
        ["deal_id 906"],
        ["ga_client_id 333.1", "gclid G2"],
    ]


def test_identifiers_keep_the_rule_that_joined_them(built: Built) -> None:
    rules = dict(built.rows("select identifier_value, rule from marts.bridge_person_identifier"))
    assert rules["501"] == "crm_contact"
    assert rules["502"] == "crm_merge"
    assert rules["111.2"] == "contact_field"
    assert rules["F1"] == "contact_field"
    assert rules["222.1"] == "visitor"
    assert rules["G2"] == "session"
    assert rules["906"] == "deal_without_contact"


def test_persons(built: Built) -> None:
    rows = built.rows(
        "select first_touch_at, first_channel, first_campaign_id, lead_at, first_purchase_at, is_customer, country"
        " from marts.dim_person order by first_touch_at"
    )
    assert rows == [
        (_at("2025-10-20 07:00"), "Organic Search", None, _at("2026-01-09 07:10"), _at("2026-02-01 12:00"), True,
         "Germany"),
        (_at("2026-01-04 23:30"), "Cross-network", "12", None, None, False, "Germany"),
        # the CRM says offline, which is no channel
        (_at("2026-01-08 08:00"), "(unattributed)", None, _at("2026-01-08 08:00"), _at("2026-01-12 10:00"), True, None),
        (_at("2026-01-09 10:00"), "Paid Search", "11", _at("2026-01-12 09:05"), _at("2026-02-10 12:00"), True, "DE"),
        (_at("2026-01-10 12:00"), "Organic Social", None, _at("2026-01-14 08:00"), None, False, "Germany"),
        (_at("2026-02-15 12:00"), "(unattributed)", None, None, _at("2026-02-15 12:00"), True, None),
    ]  # fmt: skip


def test_sessions_and_repaired_channels(built: Built) -> None:
    rows = built.rows(
        "select session_id, date_day, channel, source, medium, campaign_id, campaign_name, is_new_visitor"
        " from marts.fct_sessions order by session_started_at"
    )
    assert rows == [
        # no channel group in the event: GA4's rules decide
        ("444.1.7", date(2025, 10, 20), "Organic Search", "google", "organic", None, None, True),
        # the gclid proves a Google ad, the click view tells which
        ("333.1.6", date(2026, 1, 5), "Cross-network", "google", "cpc", "12", "Everything", True),
        ("444.1.8", date(2026, 1, 9), "Referral", "magazine.example", "referral", None, None, False),
        ("111.1.1", date(2026, 1, 9), "Paid Search", "google", "cpc", "11", "Brand", True),
        # the fbclid proves no payment
        ("222.1.5", date(2026, 1, 10), "Organic Social", "facebook", "social", None, None, True),
        ("111.1.2", date(2026, 1, 12), "Direct", "(direct)", "(none)", None, None, False),
        ("111.2.3", date(2026, 1, 20), "Email", "newsletter", "email", None, None, False),
        ("111.1.4", date(2026, 2, 20), "Direct", "(direct)", "(none)", None, None, False),
    ]


def test_events_that_came_twice_or_thrice_count_once(built: Built) -> None:
    assert built.rows(
        "select page_views, engagement_seconds, is_engaged, is_converting, landing_page, gclid"
        " from marts.fct_sessions where session_id = '111.1.1'"
    ) == [(1, 12.0, True, False, "/desks", "G1")]


def test_key_event_and_engagement_flags_as_text_or_number(built: Built) -> None:
    assert built.rows(
        "select session_id, is_engaged, is_converting, key_events from marts.fct_sessions"
        " where session_id in ('111.1.2', '111.2.3') order by 1"
    ) == [("111.1.2", True, True, 1), ("111.2.3", False, False, 0)]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

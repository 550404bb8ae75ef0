from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingestion.sandbox.events import events_for, export_version, session_events
from ingestion.sandbox.model import World

DAY = date(2026, 11, 10)


def parameter(event: dict[str, Any], key: str) -> Any:
    for one in event["event_params"]:
        if one["key"] == key:
            return next(iter(one["value"].values()))
    return None


@pytest.fixture(scope="module")
def week(world: World) -> list[dict[str, Any]]:
    return [event for day in range(9, 16) for event in events_for(world, date(2026, 11, day))]


def test_a_day_begins_and_ends_at_berlin_midnight(world: World) -> None:
    events = events_for(world, DAY)
    assert {event["event_date"] for event in events} == {"20261110"}
    stamps = [event["event_timestamp"] for event in events]
    # Winter: Berlin's 10 November is from 23:00 UTC of the 9th to 23:00 UTC of the 10th.
    assert min(stamps) >= datetime(2026, 11, 9, 23, tzinfo=UTC).timestamp() * 1_000_000
    assert max(stamps) < datetime(2026, 11, 10, 23, tzinfo=UTC).timestamp() * 1_000_000


def test_a_visit_over_midnight_belongs_to_both_days(world: World) -> None:
    crossing = next(
        session
        for day, sessions in world.sessions.items()
        if day not in world.dark_days
        for session in sessions[-3:]
        if world.visitors[session.visitor].has_consent
        and len({_berlin_day(event["event_timestamp"]) for event in session_events(world, session)}) == 2
    )
    first = _berlin_day(crossing.started_at * 1_000_000)
    client = world.visitors[crossing.visitor].client_id
    following = date.fromordinal(first.toordinal() + 1)
    for day in (first, following):
        assert [one for one in events_for(world, day) if one["user_pseudo_id"] == client]


def _berlin_day(micros: int) -> date:
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(micros / 1_000_000, ZoneInfo("Europe/Berlin")).date()


def test_without_consent_nothing_identifies(week: list[dict[str, Any]]) -> None:
    refused = [event for event in week if event["privacy_info"]["analytics_storage"] == "No"]
    assert len(refused) > 200
    for event in refused:
        assert event["user_pseudo_id"] is None
        assert event["user_first_touch_timestamp"] is None
        assert parameter(event, "ga_session_id") is None
        assert event["session_traffic_source_last_click"] is None
        assert event["event_name"] not in ("session_start", "first_visit")
    accepted = [event for event in week if event["privacy_info"]["analytics_storage"] == "Yes"]
    assert all(event["user_pseudo_id"] and parameter(event, "ga_session_id") for event in accepted)


def test_a_day_without_tracking_has_no_events_though_people_came(world: World) -> None:
    dark = date(2026, 3, 17)
    assert world.sessions[dark]
    assert events_for(world, dark) == []
    assert export_version(world, dark, datetime(2026, 6, 1, tzinfo=UTC)) is None


def test_one_click_id_is_the_same_everywhere(world: World) -> None:
    contact = next(
        one for one in world.contacts if one.gclid and one.ga_client_id and one.created_at.date() > date(2026, 10, 1)
    )
    click = next(one for one in world.clicks if one.click_id == contact.gclid)
    # Google's German account and the property share a zone: the click's day is the export's day.
    day = [event for event in events_for(world, click.day) if event["user_pseudo_id"] == contact.ga_client_id]
    gclids = {
        value
        for event in day
        for value in parse_qs(urlsplit(str(parameter(event, "page_location"))).query).get("gclid", [])
    }
    assert contact.gclid in gclids


def test_some_paid_clicks_are_called_organic_or_direct(world: World) -> None:
    mislabelled = [
        session
        for sessions in world.sessions.values()
        for session in sessions
        if session.is_mislabelled and world.visitors[session.visitor].has_consent
    ]
    assert 100 < len(mislabelled) < 500
    event = session_events(world, mislabelled[0])[0]
    label = event["session_traffic_source_last_click"]["cross_channel_campaign"]
    assert label["default_channel_group"] in ("Organic Search", "Direct")
    assert f"gclid={mislabelled[0].click_id}" in parameter(event, "page_location")
    assert event["collected_traffic_source"] is None


def test_paid_visits_carry_their_campaign(world: World, week: list[dict[str, Any]]) -> None:
    starts = [event for event in week if event["event_name"] == "session_start"]
    names = {campaign.campaign_id: campaign.name for campaign in world.campaigns}
    google = [event for event in starts if (event["collected_traffic_source"] or {}).get("gclid")]
    social = [event for event in starts if "fbclid=" in parameter(event, "page_location")]
    assert google and social
    for event in google:
        campaign = event["session_traffic_source_last_click"]["google_ads_campaign"]
        assert names[campaign["campaign_id"]] == campaign["campaign_name"]
    for event in social:
        query = parse_qs(urlsplit(parameter(event, "page_location")).query)
        assert query["utm_source"] == ["facebook"]
        assert names[query["utm_id"][0]] == query["utm_campaign"][0]
        assert event["session_traffic_source_last_click"]["manual_campaign"]["campaign_id"] == query["utm_id"][0]
        cross = event["session_traffic_source_last_click"]["cross_channel_campaign"]
        assert cross["default_channel_group"] == "Paid Social"


def test_session_engaged_comes_as_text_and_as_number(week: list[dict[str, Any]]) -> None:
    values = {parameter(event, "session_engaged") for event in week}
    assert values == {"0", "1", 1}


def test_every_web_lead_sent_the_form(world: World) -> None:
    sent = [
        event
        for day in range(1, 23)
        for event in events_for(world, date(2026, 11, day))
        if event["event_name"] == "generate_lead"
    ]
    begins, ends = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)
    leads = [one for one in world.contacts if one.visitor is not None and begins <= one.created_at < ends]
    assert len(leads) > 150
    assert len(sent) == len(leads)


def test_first_visit_comes_once_in_a_browsers_life(world: World, week: list[dict[str, Any]]) -> None:
    firsts = [event["user_pseudo_id"] for event in week if event["event_name"] == "first_visit"]
    assert len(firsts) == len(set(firsts))
    assert all(parameter(event, "ga_session_number") == 1 for event in week if event["event_name"] == "first_visit")


def test_late_visits_reach_the_export_within_three_days(world: World) -> None:
    sizes = [len(events_for(world, DAY, version)) for version in range(4)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[3]
    end = datetime(2026, 11, 10, 23, tzinfo=UTC)
    assert export_version(world, DAY, end.replace(hour=22)) is None
    assert export_version(world, DAY, end) == 0
    assert export_version(world, DAY, end.replace(day=12)) == 2
    assert export_version(world, DAY, end.replace(day=20)) == 3

"""What is wrong, read off the small publication: each line can be checked by hand in tests/warehouse/small.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.operations import blocked_sources, failed_run, stale_kpis
from alerts.performance import anomalies, off_track
from ingestion import ops
from ingestion.catalog import discover
from tests.alerts.conftest import World
from tests.warehouse.small import AS_OF
from warehouse.connection import writer


def test_a_target_that_is_missed_is_told_with_owner_reason_and_mend(world: World) -> None:
    (alert,) = off_track(world.settings)
    assert (alert.kind, alert.key, alert.title) == ("off_track", "off_track:click_through_rate", "Click-through rate")
    # 30 clicks of 2,000 impressions
    assert alert.detail == (
        "1.5 %, the target is 2.0 % (head of marketing); still provisional. "
        "Click-through rate +25.0 % on the period before."
    )
    assert alert.mend == "Lower the bids of what does not sell."
    assert alert.about == {"click_through_rate", "google_ads", "meta_ads"}
    assert (alert.audiences, alert.is_focus) == ({"ceo", "marketing_manager"}, True)


def test_a_provisional_anomaly_is_held_back_until_it_is_final(world: World) -> None:
    assert anomalies(world.settings, AS_OF) == []
    world.change("update published.kpi_anomalies set state = 'anomaly'")
    (alert,) = anomalies(world.settings, AS_OF)
    # 105.00 EUR for 42 leads; the publication's band is value / 3 to value / 1.5
    assert (alert.title, alert.detail) == (
        "Cost per lead, All channels",
        "2.50 EUR on the week of 2026-11-16, expected 0.83 EUR to 1.67 EUR",
    )
    assert (alert.mend, alert.severity) == ("All channels: review the budget", "warning")
    world.change("update published.kpi_anomalies set verdict = 'better'")
    assert anomalies(world.settings, AS_OF) == []


def test_an_old_anomaly_is_no_news(world: World) -> None:
    world.change("update published.kpi_anomalies set state = 'anomaly'")
    # a week that began on 16 November is news for 35 days
    assert len(anomalies(world.settings, datetime(2026, 12, 21, 12, tzinfo=UTC))) == 1
    assert anomalies(world.settings, datetime(2026, 12, 22, 12, tzinfo=UTC)) == []


def test_kpis_that_lost_the_same_data_are_one_line(world: World) -> None:
    world.change(
        "update published.kpi_anomalies set state = 'anomaly', side = 'missing', segment_value = 'Paid Social'; "
        "insert into published.kpi_anomalies select * replace ('cost_per_mille' as kpi, 'day' as grain) "
        "from published.kpi_anomalies"
    )
    found = anomalies(world.settings, AS_OF)
    assert {alert.group for alert in found} == {"missing:Paid Social"}
    assert [alert.detail for alert in found] == [
        "Cost per lead, the week of 2026-11-16",
        "Cost per 1000 impressions, 2026-11-16",
    ]


@pytest.mark.parametrize(("hours", "blocked"), [(36, []), (37, ["google_ads", "hubspot", "meta_ads"])])
def test_a_source_is_late_by_its_own_limit_also_when_no_refresh_runs(
    hours: int, blocked: list[str], world: World
) -> None:
    # the newest day, 22 November, ended at midnight; 36 hours are allowed; ga4 is not enabled
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hours)
    found = blocked_sources(world.settings, now)
    assert [alert.title for alert in found] == blocked
    if found:
        assert found[0].detail == "Google Ads: newest day 2026-11-22, 37 hours ago, where 36 is the limit"
        assert found[0].mend == "`kpi doctor` tests its credentials; then `kpi refresh --source google_ads`"


def test_a_source_whose_last_load_failed_says_what_it_was_told(world: World) -> None:
    line = "meta_ads: the token was withdrawn; make a new one"
    with writer(world.settings) as connection:
        ops.ensure(connection, [source.spec for source in discover().values()], world.settings)
        connection.execute(
            "insert into ops.loads by name select 'meta_ads' as source, 'r1' as run_id, now() as started_at, "
            f"'{line}' as failed, 0 as rows, 0 as requests, 0.0 as wait_seconds, 1.0 as seconds"
        )
    (alert,) = blocked_sources(world.settings, AS_OF)
    assert (alert.about, alert.detail) == ({"meta_ads"}, f"its last load ended early: {line}")


def test_a_kpi_is_stale_beyond_its_own_limit_and_one_period(world: World) -> None:
    # limit 48 hours: a day is stale after 48 hours, a week after 48 + 168; both ended with 22 November
    end = datetime(2026, 11, 23, tzinfo=UTC)
    assert stale_kpis(world.settings, end + timedelta(hours=48)) == []
    found = stale_kpis(world.settings, end + timedelta(hours=49))
    assert [alert.key for alert in found] == ["stale_kpi:click_through_rate", "stale_kpi:cost_per_mille"]
    assert found[0].detail == "Click-through rate ends 2026-11-22 (49 hours ago, limit 48)"
    assert len(stale_kpis(world.settings, end + timedelta(hours=217))) == 4


def test_kpis_that_are_held_are_told_with_the_reason_once_whatever_their_age(world: World) -> None:
    world.change(
        "update published.kpi_status set is_stale = true, stale_reason = 'the last load of meta_ads failed: refused', "
        "stale_mend = '`kpi doctor`' where kpi in ('cost_per_mille', 'cost_per_lead')"
    )
    lead, mille = stale_kpis(world.settings, AS_OF)
    assert (lead.key, mille.key) == ("stale_kpi:cost_per_lead", "stale_kpi:cost_per_mille")
    assert lead.group == mille.group
    assert lead.title == "Stale, because the last load of meta_ads failed: refused"
    assert lead.detail == "Cost per lead as of 2026-11-23 07:30 UTC"
    assert lead.mend == "`kpi doctor`"


def test_a_failed_run_is_about_the_sources_that_its_line_names() -> None:
    alert = failed_run("ga4_export: the project is unknown; correct sources.ga4_export.project_id")
    assert alert.about == {"ga4_export"}
    assert alert.key == failed_run(alert.detail).key
    assert alert.key != failed_run("another line").key

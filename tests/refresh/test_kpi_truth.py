"""KPIs of the publication, worked out a second time from the simulated business itself."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.social import followers, posts
from ingestion.sandbox.world import build_world
from ingestion.sandbox.world_catalog import META
from tests.conftest import MainJob
from transform.kpi.registry import load_registry

BERLIN = ZoneInfo("Europe/Berlin")


def by_month(job: MainJob, kpi: str) -> dict[object, tuple[object, ...]]:
    """Numerator, denominator and value of each month with any."""
    rows = job.published(
        "select strftime(period_start, '%Y-%m'), numerator, denominator, value from kpi_values"
        f" where kpi = '{kpi}' and grain = 'month' and segment_dimension = '' and value is not null"
    )
    return {row[0]: row[1:] for row in rows}


def test_win_rate(main_job: MainJob) -> None:
    closed: dict[object, list[bool]] = defaultdict(list)
    for deal in build_world().deals:
        if deal.is_closed and not deal.is_archived and deal.closed_at and deal.closed_at <= DEFAULT_NOW:
            closed[deal.closed_at.astimezone(BERLIN).strftime("%Y-%m")].append(deal.is_won)
    assert len(closed) > 12
    assert by_month(main_job, "win_rate") == {
        month: (sum(won), len(won), pytest.approx(sum(won) / len(won))) for month, won in closed.items()
    }


def test_net_promoter_score(main_job: MainJob) -> None:
    scores: dict[object, list[int]] = defaultdict(list)
    with (main_job.home / "inbox" / "surveys.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            submitted = datetime.fromisoformat(row["submitted_at"]).astimezone(BERLIN)
            scores[submitted.strftime("%Y-%m")].append(int(row["score"]))
    net = {
        month: sum(score >= 9 for score in found) - sum(score <= 6 for score in found)
        for month, found in scores.items()
    }
    assert sum(map(len, scores.values())) > 100
    assert by_month(main_job, "net_promoter_score") == {
        month: (net[month], len(found), pytest.approx(net[month] / len(found))) for month, found in scores.items()
    }


def test_social_posts_and_followers(main_job: MainJob) -> None:
    world = build_world()
    planted: dict[object, list[int]] = defaultdict(lambda: [0, 0, 0])
    for post in posts(world, DEFAULT_NOW):
        month = planted[post.published_at.astimezone(BERLIN).strftime("%Y-%m")]
        for place, number in enumerate((post.interactions, post.audience, post.likes)):
            month[place] += number
    assert len(planted) == 14
    assert by_month(main_job, "social_engagement_rate") == {
        month: (found[0], found[1], pytest.approx(found[0] / found[1])) for month, found in planted.items()
    }
    assert {month: row[0] for month, row in by_month(main_job, "likes").items()} == {
        month: found[2] for month, found in planted.items()
    }
    # the newest count of a month, of each network
    newest: dict[object, dict[str, int]] = defaultdict(dict)
    for day, network, count in followers(world, DEFAULT_NOW):
        newest[day.strftime("%Y-%m")][network] = count
    assert {month: row[0] for month, row in by_month(main_job, "followers").items()} == {
        month: sum(counts.values()) for month, counts in newest.items()
    }


def test_spend_pacing_ends_a_month_at_its_spend_and_its_budget(main_job: MainJob) -> None:
    paced = by_month(main_job, "spend_pacing")
    spent = by_month(main_job, "spend")
    assert {month: row[0] for month, row in paced.items()} == {month: pytest.approx(spent[month][0]) for month in paced}
    rows = main_job.published(
        "select period_start, denominator from kpi_values where kpi = 'spend_pacing' and grain = 'month'"
        " and segment_value = 'Paid Search' order by 1"
    )
    # 4,100 EUR a month: from 20 October 2025, 12 of its 31 days, to 23 November 2026, 23 of its 30
    plan = {row[0]: row[1] for row in rows}
    assert plan[date(2025, 10, 1)] == pytest.approx(4100 / 31 * 12, abs=1e-4)
    assert plan[date(2026, 11, 1)] == pytest.approx(4100 / 30 * 23, abs=1e-4)
    assert len(plan) == 14
    whole = [planned for month, planned in plan.items() if month not in (date(2025, 10, 1), date(2026, 11, 1))]
    assert whole == [pytest.approx(4100, abs=1e-4)] * 12


def test_every_chain_of_factors_multiplies_out_to_its_kpi(main_job: MainJob) -> None:
    """On the simulated business each KPI with declared factors is explained by them, and every split sums to it."""
    found: dict[object, set[object]] = defaultdict(set)
    for kpi, factor in main_job.published(
        "select kpi, factor from kpi_drivers where part = 'factor' and against = 'previous'"
    ):
        found[kpi].add(factor)
    chained = {kpi.name: len(kpi.factors) for kpi in load_registry(main_job.settings).kpis if kpi.factors}
    assert {"cost_per_lead", "customer_acquisition_cost", "return_on_investment"} <= set(chained)
    # where a click or sale is missing in one of the two periods there is no such chain
    explained = {kpi: len(factors) for kpi, factors in found.items() if kpi in chained}
    assert {kpi: chained[str(kpi)] for kpi in explained} == explained
    assert len(explained) >= 5
    off = main_job.published(
        "select kpi, against, segment_dimension, sum(effect_absolute) - any_value(change) as gap from kpi_drivers "
        "inner join (select kpi, against, effect_absolute as change from kpi_drivers where rank = 0) as whole "
        "using (kpi, against) where rank > 0 group by all having abs(gap) > 1e-9 * greatest(1, abs(any_value(change)))"
    )
    assert off == []


def test_the_planted_anomalies_are_found(main_job: MainJob) -> None:
    planted = main_job.sandbox.truth()["anomalies"]
    found = set(
        main_job.published(
            "select kpi, cast(period_start as varchar), segment_value, side, severity from kpi_anomalies"
        )
    )
    spike = planted["cost_spike"]["day"]
    assert ("cost_per_click", spike, "", "high", "critical") in found
    assert ("cost_per_click", spike, "Paid Search", "high", "critical") in found
    for day in planted["days_without_tracking"]:
        assert {"engagement_rate", "new_visitors"} <= {row[0] for row in found if row[1:4] == (day, "", "missing")}
    first, last = next(ranges[0] for name, ranges in planted["paused"].items() if name == META.account_id)
    paused = {row[1] for row in found if row[0] == "cost_per_mille" and row[2:4] == ("Paid Social", "missing")}
    assert {first, last} <= paused


def test_a_kpi_is_falsely_flagged_at_most_once_a_year(main_job: MainJob) -> None:
    """What no plant explains, of final periods and totals: periods on end are one alarm. Measured, not promised."""
    planted = main_job.sandbox.truth()["anomalies"]
    causes = [(planted["cost_spike"]["day"],) * 2, *((day, day) for day in planted["days_without_tracking"])]
    causes += [(first, last) for ranges in planted["paused"].values() for first, last in ranges]
    rows = main_job.published(
        "select kpi, grain, period_start from kpi_anomalies where state = 'anomaly' and segment_dimension = '' "
        "order by all"
    )
    last_days = {"day": 0, "week": 6, "month": 30}
    alarms: dict[object, list[date]] = defaultdict(list)
    for kpi, grain, start in rows:
        assert isinstance(start, date)
        length = last_days[str(grain)]
        end = start + timedelta(days=length)
        if any(str(start) <= to and str(end) >= since for since, to in causes):
            continue
        if not alarms[kpi] or (start - alarms[kpi][-1]).days > length + 1:
            alarms[kpi].append(start)
        else:
            alarms[kpi][-1] = start
    assert {kpi: starts for kpi, starts in alarms.items() if len(starts) > 1} == {}

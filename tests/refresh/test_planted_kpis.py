"""Every KPI of the publication, at every grain, against what the simulated business comes to: see `planted`."""

from __future__ import annotations

from datetime import date
from math import isclose
from pathlib import Path

import pytest

from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.world import build_world
from tests.conftest import MainJob
from tests.refresh.planted import RATIOS, Planted, Sides
from tests.refresh.planted_states import truths
from tests.transform.kpi.hand_values import CATALOGUE_METRICS
from transform.kpi.meta import GRAINS, Grain
from transform.kpi.periods import start_of
from transform.kpi.registry import load_registry

PROJECT = Path(__file__).parents[2]

# KPIs whose number is a model's or a clock's, by grain: no sum over the simulated business comes to them. Each is held
# to something else by a test; file and name.
NOT_PLANTED: dict[tuple[str, Grain], tuple[str, str]] = {
    # the repeat purchases that a fitted model expects: held to the published fits of CDNOW's customers
    ("expected_lifetime_value", "month"): ("tests/real/test_lifetimes.py", "test_the_fits_are_the_published_ones"),
    # known of the one day on which anything was loaded, and of no period before
    **{
        ("data_age_hours", grain): (
            "tests/refresh/test_planted_kpis.py",
            "test_the_oldest_source_is_as_old_as_it_was_planted",
        )
        for grain in GRAINS
    },
}


# What a campaign's money buys, of which the simulation knows each campaign's part.
MONEY_BY_CAMPAIGN = (
    "cost_per_mille", "cost_per_click", "platform_roas", "cost_per_acquisition", "return_on_ad_spend",
)  # fmt: skip


@pytest.fixture(scope="module")
def planted(main_job: MainJob) -> Planted:
    return Planted(build_world(), main_job.home / "inbox")


def sides_of(planted: Planted, grain: Grain) -> dict[str, Sides]:
    return {kpi: planted.ratio(kpi, grain) for kpi in RATIOS} | truths(planted, grain)


def published(job: MainJob, grain: Grain, before: date) -> dict[str, Sides]:
    """Both sides of every value of a total, of periods that began before a day."""
    found: dict[str, Sides] = {}
    for kpi, start, numerator, denominator in job.published(
        "select kpi, period_start, numerator, denominator from kpi_values"
        f" where grain = '{grain}' and segment_dimension = '' and value is not null and period_start < date '{before}'"
    ):
        assert isinstance(start, date)
        assert isinstance(numerator, float)
        assert denominator is None or isinstance(denominator, float)
        found.setdefault(str(kpi), {})[start] = (numerator, denominator)
    return found


@pytest.mark.parametrize("grain", GRAINS)
def test_every_kpi_is_what_was_planted(main_job: MainJob, planted: Planted, grain: Grain) -> None:
    found = published(main_job, grain, planted.today)
    for kpi, truth in sides_of(planted, grain).items():
        known = {start: sides for start, sides in truth.items() if start < planted.today}
        assert len(known) >= 9, kpi
        # a period of which nothing can be said has no value, and every other one has
        assert found[kpi].keys() == known.keys(), kpi
        wrong = {
            start: (found[kpi][start], sides) for start, sides in known.items() if not _same(found[kpi][start], sides)
        }
        assert wrong == {}, kpi


def _same(found: tuple[float, float | None], sides: tuple[float, float | None]) -> bool:
    # money is rounded to a millionth at every row
    return all(
        one is None is other or (one is not None is not other and isclose(one, other, rel_tol=1e-6, abs_tol=1e-3))
        for one, other in zip(found, sides, strict=True)
    )


@pytest.mark.parametrize("kpi", MONEY_BY_CAMPAIGN)
def test_what_each_campaign_cost_and_brought_back_is_what_was_planted(
    main_job: MainJob, planted: Planted, kpi: str
) -> None:
    above, below = (planted.by_campaign(str(side), "month") for side in RATIOS[kpi])
    known = {
        (campaign, start): (above.get((campaign, start), 0.0), below.get((campaign, start), 0.0))
        for campaign, start in above.keys() | below.keys()
    }
    assert len({campaign for campaign, _ in known}) == 11
    found = {
        (campaign, start): (numerator or 0.0, denominator or 0.0)
        for campaign, start, numerator, denominator in main_job.published(
            "select segment_value, period_start, numerator, denominator from kpi_values"
            f" where kpi = '{kpi}' and grain = 'month' and segment_dimension = 'campaign'"
        )
    }
    assert {place: sides for place, sides in known.items() if not _same(found.get(place, (0.0, 0.0)), sides)} == {}
    # and of no other campaign is anything told, not even of "(not set)"
    assert {place for place, sides in found.items() if any(sides)} <= known.keys()


def test_the_only_key_event_of_the_business_is_in_every_converting_visit(main_job: MainJob) -> None:
    rows = main_job.published(
        "select grain, count(*), count(*) filter (part.value = whole.value) from kpi_values as whole"
        " inner join kpi_values as part using (kpi, grain, period_start) where kpi = 'conversion_rate'"
        " and whole.segment_dimension = '' and part.segment_dimension = 'key_event'"
        " and part.segment_value = 'generate_lead' group by all order by all"
    )
    assert [row[0] for row in rows] == ["month", "week"]
    assert all(compared == same >= 14 for _, compared, same in rows)


def test_no_kpi_is_without_a_planted_truth(main_job: MainJob, planted: Planted) -> None:
    """Fails when the registry has a KPI, or the catalogue a metric, that is not planted at one of its grains."""
    planted_here = {(kpi, grain) for grain in GRAINS for kpi in sides_of(planted, grain)}
    registry = load_registry(main_job.settings)
    names = {kpi.name for kpi in registry.kpis} | CATALOGUE_METRICS
    wanted = {(item.name, grain) for item in registry if item.name in names for grain in item.grains}
    assert len(wanted) > 100
    missing = wanted - planted_here - NOT_PLANTED.keys()
    assert missing == set(), "work these out in tests/refresh/planted.py, or name the test that holds them to the truth"
    # the list of gaps holds no more than what is one
    assert NOT_PLANTED.keys() <= wanted - planted_here


@pytest.mark.parametrize("place", sorted(set(NOT_PLANTED.values())))
def test_what_is_not_planted_is_held_to_the_truth_elsewhere(place: tuple[str, str]) -> None:
    file, name = place
    assert f"def {name}(" in (PROJECT / file).read_text(encoding="utf-8")


def test_the_oldest_source_is_as_old_as_it_was_planted(main_job: MainJob) -> None:
    # At 8:00 UTC on Monday, 23 November. Search Console's Friday ended 48 hours before, at midnight in California, and
    # Friday had the last exchange rate; all else is known up to Sunday.
    assert DEFAULT_NOW.hour == 8
    rows = main_job.published(
        "select grain, period_start, segment_value, value from kpi_values"
        " where kpi = 'data_age_hours' and value is not null"
    )
    last = date(2026, 11, 22)
    assert {row[:2] for row in rows} == {(grain, start_of(last, grain)) for grain in GRAINS}
    for grain in GRAINS:
        ages = {row[2]: row[3] for row in rows if row[0] == grain}
        assert (ages[""], ages["search_console"], ages["fx_rates"]) == (56.0, 56.0, 56.0)
        assert {ages[name] for name in ("google_ads", "ga4_export", "hubspot")} == {8.0}

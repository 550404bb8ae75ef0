"""The main job on real data: from the file drop to the publication, held to sums worked out from the files alone."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from refresh.plan import make_plan
from refresh.run import RefreshReport, run
from tests.real.prepare import prepare
from warehouse.connection import reader
from warehouse.settings import Settings, as_of_now, load_settings

SHARED = Path(__file__).parents[2].parent / "shared"
REAL = SHARED / "real"
RATES = SHARED / "fixtures" / "ecb_fx" / "eurofxref-hist.csv"
PUBLISHED_COHORTS = {date(1997, 1, 1): 7846, date(1997, 2, 1): 8476, date(1997, 3, 1): 7248}


@dataclass(frozen=True)
class RealJob:
    inbox: Path
    settings: Settings
    report: RefreshReport

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with reader(self.settings.publication) as connection:
            connection.execute("set search_path = 'published'")
            return connection.execute(query).fetchall()

    def warehouse(self, query: str) -> list[tuple[Any, ...]]:
        with reader(self.settings.warehouse) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealJob]:
    """One refresh for all asserts; nobody tells it how far back the rates have to reach."""
    for path in (REAL, RATES):
        if not path.exists():
            pytest.skip(f"the real data is not at {path}; tests/real/README.md says where it comes from")
    folder = tmp_path_factory.mktemp("real")
    prepare(REAL, folder / "inbox")
    environment = {
        "KPI_HOME": str(folder / "home"),
        "PRIVACY__HASH_KEY": "any-text",
        "BUSINESS__REPORTING_CURRENCY": "USD",
        "BUSINESS__TIME_ZONE": "America/New_York",
        "SOURCES__FILE_DROP__ENABLED": "true",
        "SOURCES__FILE_DROP__FOLDER": str(folder / "inbox"),
        "SOURCES__FX_RATES__FILE": str(RATES),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = load_settings()
        yield RealJob(folder / "inbox", settings, run(make_plan(settings, as_of=as_of_now("2024-06-01"))))


@dataclass(frozen=True)
class Purchases:
    """CDNOW_master.txt: the days of each customer's purchases, in order."""

    days: dict[str, list[date]]
    months: dict[str, set[date]]

    def cohort(self, customer: str) -> date:
        return min(self.months[customer])


@pytest.fixture(scope="module")
def purchases(job: RealJob) -> Purchases:
    days: dict[str, list[date]] = defaultdict(list)
    for line in (REAL / "cdnow" / "CDNOW_master.txt").read_text(encoding="ascii").splitlines()[1:]:
        customer, day, _discs, _dollars = line.split()
        days[customer].append(date.fromisoformat(day))
    return Purchases(dict(days), {key: {day.replace(day=1) for day in found} for key, found in days.items()})


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def test_every_purchase_is_an_order_and_every_dollar_is_there(job: RealJob) -> None:
    orders = job.published("select count(*), count(distinct person_id), sum(revenue_amount) from fct_orders")
    assert orders == [(69_659, 23_570, Decimal("2500315.63"))]
    assert job.published("select min(date_day), max(date_day) from fct_orders") == [
        (date(1997, 1, 1), date(1998, 6, 30))
    ]


def test_spend_is_converted_row_by_row_at_the_rate_of_its_day(job: RealJob) -> None:
    rows = job.published("select date_day, currency_code, spend_local, spend_amount from fct_ad_spend")
    local = {code: sum(row[2] for row in rows if row[1] == code) for code in ("AUD", "USD")}
    assert local == {"AUD": Decimal("5872.501776"), "USD": Decimal("1273.15")}
    with RATES.open(encoding="utf-8", newline="") as file:
        rates = {
            date.fromisoformat(line["Date"]): Decimal(line["USD"]) / Decimal(line["AUD"])
            for line in csv.DictReader(file)
            if line["AUD"] != "N/A"
        }
    week_ends = 0
    for day, currency, spend, amount in rows:
        rate_day = next(day - timedelta(days=back) for back in range(8) if day - timedelta(days=back) in rates)
        expected = spend * rates[rate_day] if currency == "AUD" else spend
        # The model multiplies doubles and keeps 6 places.
        assert abs(amount - expected) <= Decimal("0.000001"), (day, currency, spend)
        week_ends += currency == "AUD" and rate_day != day and amount != 0
    assert week_ends > 10


def test_every_input_row_is_either_loaded_or_in_quarantine_with_a_reason(job: RealJob) -> None:
    loaded = dict(
        job.warehouse(
            " union all ".join(
                f"select file_name, count(*) from raw_file_drop.{table} group by all"
                for table in ("crm_contacts", "crm_deals", "costs")
            )
        )
    )
    refused = dict(
        job.warehouse(
            "select file_name, count(distinct line_number) from raw_file_drop.quarantine "
            "where field <> '' and reason <> '' group by all"
        )
    )
    assert refused == {"costs_linkedin.csv": 489}
    assert job.warehouse("select count(*) from raw_file_drop.quarantine") == [(489,)]
    for path in job.inbox.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            lines = sum(1 for _ in csv.DictReader(file))
        assert loaded[path.name] + refused.get(path.name, 0) == lines, path.name
    (warning,) = [text for text in job.report.warnings if "quarantine" in text]
    assert "489 of 929 rows" in warning


def test_cohorts_are_those_that_were_published_with_the_data(job: RealJob, purchases: Purchases) -> None:
    month = "strftime(period_start, '%Y-%m') from kpi_values where kpi = 'new_customers' and grain = 'month'"
    new = job.published(f"select period_start, value, {month} and segment_dimension = '' and value > 0")
    assert {row[0]: row[1] for row in new} == PUBLISHED_COHORTS
    expected: dict[tuple[date, int], int] = defaultdict(int)
    for customer, months in purchases.months.items():
        first = purchases.cohort(customer)
        for found in months:
            expected[first, (found.year - first.year) * 12 + found.month - first.month] += 1
    rows = job.published("select cohort_month, months_since, customers, active_customers from cohort_retention")
    assert {(row[0], row[1]): row[3] for row in rows if row[3]} == expected
    assert {row[0]: row[2] for row in rows} == PUBLISHED_COHORTS


def test_retention_and_repeat_purchases_are_those_of_the_file(job: RealJob, purchases: Purchases) -> None:
    active: dict[date, set[str]] = defaultdict(set)
    for customer, months in purchases.months.items():
        for month in months:
            active[month].add(customer)
    expected = {
        next_month(month): (len(active[month] & active.get(next_month(month), set())), len(active[month]))
        for month in sorted(active)
    }
    of_month = "from kpi_values where grain = 'month' and segment_dimension = '' and value is not null"
    rates = job.published(
        f"select period_start, numerator, denominator, value {of_month} and kpi = 'retention_rate' order by 1"
    )
    assert {row[0]: (row[1], row[2]) for row in rates} == expected
    assert [row[3] for row in rates] == [pytest.approx(row[1] / row[2]) for row in rates]
    repeat = sum(len(days) > 1 for days in purchases.days.values())
    assert job.published(
        f"select numerator, denominator {of_month} and kpi = 'repeat_purchase_rate' and period_start = '1998-06-01'"
    ) == [(repeat, len(purchases.days))]
    assert (repeat, len(purchases.days)) == (11_662, 23_570)


def test_the_scorecard_says_what_is_known_and_why_the_rest_is_not(job: RealJob) -> None:
    assert job.published("select count(*) from kpi_scorecard") == job.published(
        "select count(*) from dim_kpi where kind = 'kpi'"
    )
    assert job.published("select kpi from kpi_scorecard where value is null and null_reason is null") == []
    # No analytics is connected: what marketing brought is unknown, and no return of 0 or of -100 %.
    unknown = job.published(
        "select kpi, count(value), list(distinct null_reason order by null_reason) from kpi_values "
        "where kpi in ('return_on_ad_spend', 'return_on_investment') group by all order by all"
    )
    assert [row[1] for row in unknown] == [0, 0]
    assert all("missing_numerator" in row[2] for row in unknown)
    known = job.published("select kpi from kpi_scorecard where value is not null order by kpi")
    assert known == [("data_age_hours",), ("repeat_purchase_rate",)]

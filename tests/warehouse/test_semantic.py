"""The semantic description: its form, and that its SQL gives the scorecard's numbers and nothing that is wrong."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.conftest import MainJob
from warehouse.connection import reader
from warehouse.measures import measure
from warehouse.semantic import describe

# What the format knows at each place (Apache Ossie core 0.1.1); anything else is refused by its readers.
MODEL = {"name", "description", "ai_context", "datasets", "relationships", "metrics", "custom_extensions"}
DATASET = {"name", "source", "primary_key", "unique_keys", "description", "ai_context", "fields", "custom_extensions"}
FIELD = {"name", "expression", "dimension", "label", "description", "ai_context", "custom_extensions"}
METRIC = {"name", "expression", "description", "ai_context", "custom_extensions"}


def value(rows: str, **definition: Any) -> Any:
    """What the measure of `k` makes of rows (kpi, grain, segment_dimension, day, value, numerator, denominator)."""
    columns = "kpi, grain, segment_dimension, period_start, value, numerator, denominator"
    sql = measure({"kpi": "k", "unit": "ratio", **definition})
    found = duckdb.execute(f"select {sql} from (values {rows}) as kpi_values ({columns})").fetchone()
    assert found
    return found[0]


MONDAY, TUESDAY = "('k', 'day', '', 1, 0.5, 5, 10)", "('k', 'day', '', 2, 0.1, 9, 90)"
OTHER = "('other', 'week', 'channel', 1, 7, 7, 7)"


@pytest.mark.parametrize(
    ("rolls_up", "rows", "expected"),
    [
        ("ratio", f"{MONDAY}, {TUESDAY}, {OTHER}", 0.14),  # (5 + 9) / (10 + 90), not the mean 0.3
        ("sum", f"{MONDAY}, {TUESDAY}", 14),
        ("ratio", f"{MONDAY}, ('k', 'week', '', 1, 0.5, 5, 10)", None),  # of two grains
        ("ratio", f"{MONDAY}, ('k', 'day', 'channel', 1, 0.5, 5, 10)", None),  # the total and its own part
        ("ratio_in_period", f"{MONDAY}, {TUESDAY}", None),
        ("ratio_in_period", f"{MONDAY}, ('k', 'day', '', 1, 0.1, 9, 90)", 0.14),
        ("none", f"{MONDAY}, {TUESDAY}", None),
        ("none", f"{MONDAY}, {OTHER}", 0.5),
        ("ratio", "('k', 'day', '', 1, null::double, 0, 0)", None),
        ("ratio", "('k', 'day', '', 1, null::double, 3, 4)", None),  # held back, for a reason that stands beside it
        ("ratio", OTHER, None),
        (None, f"{MONDAY}, {TUESDAY}", None),  # of a version that did not say
    ],
)
def test_a_measure_adds_up_what_may_be_added(rolls_up: str | None, rows: str, expected: float | None) -> None:
    assert value(rows, rolls_up=rolls_up) == (None if expected is None else pytest.approx(expected))


def test_a_measure_of_a_thousand_says_so() -> None:
    assert value(MONDAY, rolls_up="ratio", unit="per_mille_currency") == pytest.approx(500)


def test_the_description_is_in_the_format_and_says_all_that_the_publication_says(main_job: MainJob) -> None:
    path = main_job.settings.publication.resolve().parent / main_job.report.run_id / "semantic.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    assert description["version"] == "0.1.1"
    (model,) = description["semantic_model"]
    assert set(model) <= MODEL
    assert all(set(table) <= DATASET and table["description"] for table in model["datasets"])
    fields = [field for table in model["datasets"] for field in table["fields"]]
    assert all(set(field) <= FIELD and field["description"] for field in fields)
    assert main_job.published("select count(*) from duckdb_columns() where schema_name = 'published'") == [
        (len(fields),)
    ]
    assert all(set(metric) <= METRIC and metric["description"] for metric in model["metrics"])
    assert main_job.published("select count(*) from dim_kpi") == [(len(model["metrics"]),)]


def test_its_sql_gives_the_scorecard(main_job: MainJob) -> None:
    with reader(main_job.settings.publication) as connection:
        (model,) = describe(connection)["semantic_model"]
        connection.execute("set search_path = 'published'")
        found = {}
        for metric in model["metrics"]:
            sql = metric["expression"]["dialects"][0]["expression"]
            for row in connection.execute(
                f"select kpi, (select {sql} from kpi_values where kpi_values.grain = s.grain "
                "and kpi_values.period_start = s.period_start and kpi_values.segment_dimension = '') "
                f"from kpi_scorecard as s where kpi = '{metric['name']}'"
            ).fetchall():
                found[row[0]] = row[1]
        expected = dict(connection.execute("select kpi, value from kpi_scorecard").fetchall())
    assert found == {kpi: number if number is None else pytest.approx(number) for kpi, number in expected.items()}


def test_what_is_said_to_roll_up_does(main_job: MainJob) -> None:
    """The months against the sums of their days, and the total of a month against the sums of its channels."""
    with reader(main_job.settings.publication) as connection:
        connection.execute("set search_path = 'published'")
        broken = connection.execute(
            """
            with parts as (
                select kpi, date_trunc('month', period_start)::date as month, 'days' as what, sum(numerator) as total
                from kpi_values join dim_kpi using (kpi)
                where grain = 'day' and segment_dimension = '' and rolls_up in ('sum', 'ratio')
                group by all
                union all
                select kpi, period_start, 'channels', sum(numerator)
                from kpi_values join dim_kpi using (kpi)
                where grain = 'month' and segment_dimension = 'channel' and rolls_up <> 'none'
                group by all
            )
            select parts.kpi, what, month, total, numerator
            from parts join kpi_values on parts.kpi = kpi_values.kpi and grain = 'month'
                and segment_dimension = '' and period_start = month
            where abs(total - numerator) > 1e-6 * greatest(1, abs(numerator))
            """
        ).fetchall()
    assert broken == []


def test_its_joins_find_one_row_each(main_job: MainJob) -> None:
    with reader(main_job.settings.publication) as connection:
        (model,) = describe(connection)["semantic_model"]
        connection.execute("set search_path = 'published'")
        assert len(model["relationships"]) > 8
        for join in model["relationships"]:
            (column,), (key,) = join["from_columns"], join["to_columns"]
            assert connection.execute(
                f"select (select count({column}) from {join['from']} where {column} not in (select {key} from "
                f"{join['to']})), (select count(*) - count(distinct {key}) from {join['to']})"
            ).fetchone() == (0, 0), join["name"]

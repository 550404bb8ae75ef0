"""What is held has in the next version, to the row, what it had in the last one; all else is new."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.carried import Hold, carry_over
from warehouse.connection import reader
from warehouse.errors import CheckFailed
from warehouse.publish import publish
from warehouse.settings import Settings

HOLD = Hold("the last load of meta_ads failed: token refused", "`kpi doctor`")
HELD = {"cost_per_mille": HOLD, "cost_per_lead": HOLD}
LATER = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
KPI_TABLES = ("kpi_values", "kpi_scorecard", "kpi_drivers", "kpi_anomalies", "kpi_advice", "kpi_targets", "dim_kpi")
# A day later every number is another one, and the registry too.
_NEXT_DAY = """
update semantic.kpi_values set value = value * 2, numerator = numerator * 2, run_id = 'later',
    computed_at = timestamptz '2026-11-24 07:30:00+00';
update semantic.kpi_scorecard set value = value * 2, status = 'at_risk', run_id = 'later',
    computed_at = timestamptz '2026-11-24 07:30:00+00';
update semantic.kpi_status set as_of = timestamptz '2026-11-24 07:30:00+00', run_id = 'later';
update semantic.kpi_drivers set effect_absolute = 7; update semantic.kpi_anomalies set value = 7;
update semantic.dim_kpi set formula = 'another'; update semantic.kpi_targets set target_value = 7;
update marts.channel_daily set clicks = clicks + 1; update marts.funnel set people = people + 1;
delete from semantic.kpi_advice;
insert into semantic.kpi_advice by name
    select 1 as rank, 'a2' as advice_id, kpi, '' as segment_dimension, '' as segment_value, 'cheaper' as rule,
        'info' as severity, 'spend more' as title, 'evidence' as evidence, grain, period_start, false as is_final,
        computed_at, run_id
    from semantic.kpi_scorecard where kpi = 'click_through_rate';
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "it's home"
    build_warehouse(home / "warehouse.duckdb")
    _publish(Settings(home=home), RUN_ID)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(_NEXT_DAY)
    return Settings(home=home)


def _publish(settings: Settings, run_id: str, held: dict[str, Hold] | None = None) -> None:
    about: dict[str, Any] = {"data_through": date(2026, 11, 22), "checks_passed": 9, "checks_total": 10}
    publish(settings, run_id=run_id, published_at=AS_OF, held=held or {}, **about)


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with reader(path) as connection:
        return connection.execute(query).fetchall()


def test_held_kpis_have_the_rows_of_the_last_version_and_the_others_new_ones(settings: Settings) -> None:
    first = settings.publication.resolve()
    carry_over(settings, HELD)
    _publish(settings, "later", {"channel_daily": HOLD})

    for table in KPI_TABLES:
        mark = "exclude (is_stale, stale_reason)" if table == "kpi_scorecard" else ""
        mark = "exclude (rank)" if table == "kpi_advice" else mark
        before, now = (
            [name for name, *_ in _rows(path, f"describe published.{table}")] for path in (first, settings.publication)
        )
        known = [name for name in before if name in now and name not in mark]
        listed = ", ".join(known)
        held = f"select {listed} from published.{table} where kpi in ('cost_per_mille', 'cost_per_lead') order by all"
        assert _rows(settings.publication, held) == _rows(first, held), table
        fresh = f"select {listed} from published.{table} where kpi = 'click_through_rate'"
        if table not in {"kpi_anomalies"}:
            assert _rows(settings.publication, fresh) != _rows(first, fresh), table
    assert _rows(settings.publication, "select kpi, value, is_stale, stale_reason from published.kpi_scorecard") == [
        ("click_through_rate", 0.03, False, None),
        ("cost_per_lead", 2.5, True, HOLD.reason),
        ("cost_per_mille", 7.5, True, HOLD.reason),
        ("new_visitors", 210.0, False, None),
        ("retention_rate", None, False, None),
    ]
    assert _rows(settings.publication, "select kpi, as_of, run_id, is_stale, stale_mend from published.kpi_status") == [
        ("click_through_rate", LATER, "later", False, None),
        ("cost_per_lead", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), RUN_ID, True, "`kpi doctor`"),
        ("cost_per_mille", datetime(2026, 11, 23, 7, 30, tzinfo=UTC), RUN_ID, True, "`kpi doctor`"),
        ("new_visitors", LATER, "later", False, None),
        ("retention_rate", LATER, "later", False, None),
    ]
    # no two pieces of advice have one rank
    assert _rows(settings.publication, "select rank, advice_id from published.kpi_advice order by rank") == [
        (1, "a1"),
        (2, "a2"),
    ]


def test_held_tables_keep_their_rows_and_say_as_of_when(settings: Settings) -> None:
    first = settings.publication.resolve()
    _publish(settings, "later", {"channel_daily": HOLD})
    _publish(settings, "third", {"channel_daily": HOLD})

    everything = "from published.channel_daily order by all"
    assert _rows(settings.publication, everything) == _rows(first, everything)
    assert _rows(settings.publication, "select sum(people) from published.funnel") != _rows(
        first, "select sum(people) from published.funnel"
    )
    status = "from published.table_status where table_name in ('channel_daily', 'funnel') order by table_name"
    then = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert _rows(settings.publication, status) == [
        ("channel_daily", then, RUN_ID, True, HOLD.reason, HOLD.mend),
        ("funnel", LATER, "later", False, None, None),
    ]


def test_what_was_reported_of_a_held_kpi_does_not_change(settings: Settings) -> None:
    carry_over(settings, HELD)
    _publish(settings, "later")

    versions = "select kpi, max(version) from published.kpi_reported group by kpi order by kpi"
    assert _rows(settings.publication, versions) == [
        ("click_through_rate", 2),
        ("cost_per_lead", 1),
        ("cost_per_mille", 1),
        ("new_visitors", 2),
        # its value is NULL, and twice NULL is the same
        ("retention_rate", 1),
    ]


def test_a_kpi_that_was_never_published_is_left_without_numbers(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        for table in ("kpi_values", "kpi_scorecard", "kpi_status", "dim_kpi"):
            connection.execute(
                f"insert into semantic.{table} by name select * replace ('newcomer' as kpi) from semantic.{table} "
                "where kpi = 'cost_per_lead'"
            )
    carry_over(settings, {"newcomer": HOLD})
    _publish(settings, "later")

    assert _rows(settings.publication, "from published.kpi_values where kpi = 'newcomer'") == []
    assert _rows(settings.publication, "from published.kpi_status where kpi = 'newcomer'") == [
        ("newcomer", None, None, True, HOLD.reason, HOLD.mend)
    ]


def test_numbers_that_do_not_fit_are_refused_and_the_warehouse_is_as_it_was(settings: Settings) -> None:
    before = _rows(settings.warehouse, "from semantic.kpi_values order by all")
    path = settings.publication.resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table published.kpi_values drop column run_id")
    with pytest.raises(CheckFailed, match=r"cannot be carried over.*nothing was published") as caught:
        carry_over(settings, HELD)

    assert "\n" not in str(caught.value)
    assert _rows(settings.warehouse, "from semantic.kpi_values order by all") == before

"""The main job end to end: a refresh of the sandbox, held to the simulated business's own books."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cli.main import run as kpi
from refresh import steps
from refresh.plan import make_plan
from refresh.run import STAGES, run
from tests.conftest import MainJob
from warehouse.settings import as_of_now

# What tells one run from another, and so may differ between two.
_OF_THE_RUN = {
    "run_id",
    "checked_at",
    "computed_at",
    "published_at",
    "last_loaded_at",
    "window_start",
    "window_end",
    "rows",
    "_dlt_load_id",
    "_loaded_at",
}


@pytest.fixture(scope="module")
def truth(main_job: MainJob) -> dict[str, dict[str, object]]:
    return main_job.sandbox.truth()


def by_month(job: MainJob, query: str) -> dict[object, object]:
    """Rows of (month, number) as a dict."""
    return dict(job.published(query))  # type: ignore[arg-type]


def test_spend_per_account_and_month_is_true_to_the_cent(
    main_job: MainJob, truth: dict[str, dict[str, object]]
) -> None:
    expected = {
        (platform, account, month): Decimal(amount)
        for platform, accounts in truth["spend"].items()
        for account, months in accounts.items()  # type: ignore[attr-defined]
        for month, amount in months.items()
    }
    rows = main_job.published(
        "select platform, account_id, strftime(date_day, '%Y-%m'), sum(spend_local) from fct_ad_spend "
        "where platform <> 'file_drop' group by all having sum(spend_local) <> 0"
    )
    found = {(row[0], row[1], row[2]): row[3].quantize(Decimal("0.01")) for row in rows}  # type: ignore[attr-defined]
    assert found == expected
    assert len(expected) > 30


def test_the_warehouse_remembers_that_models_and_kpis_are_of_one_build(main_job: MainJob) -> None:
    assert main_job.warehouse("select models_ended, kpis_ended from ops.built_whole") == [(True, True)]


@pytest.mark.parametrize(
    ("fact", "query"),
    [
        ("won_deals", "select strftime(date_day, '%Y-%m'), count(*) from fct_orders group by all"),
        (
            "new_customers",
            "select strftime(date_day, '%Y-%m'), count(*) from fct_orders where is_first_purchase group by all",
        ),
        (
            "leads",
            "select strftime(period_start, '%Y-%m'), cast(value as bigint) from kpi_values "
            "where kpi = 'leads' and grain = 'month' and segment_dimension = ''",
        ),
    ],
)
def test_conversions_are_true_exactly(
    main_job: MainJob, truth: dict[str, dict[str, object]], fact: str, query: str
) -> None:
    assert by_month(main_job, query) == truth[fact]


def test_revenue_is_true_to_the_cent(main_job: MainJob, truth: dict[str, dict[str, object]]) -> None:
    rows = main_job.published(
        "select strftime(date_day, '%Y-%m'), currency_code, sum(revenue_local) from fct_orders group by all"
    )
    expected = {
        (month, currency): Decimal(amount)
        for month, amounts in truth["revenue"].items()
        for currency, amount in amounts.items()  # type: ignore[attr-defined]
    }
    assert {(row[0], row[1]): row[2] for row in rows} == expected


def test_people_and_sessions_are_true_exactly(main_job: MainJob, truth: dict[str, dict[str, object]]) -> None:
    assert main_job.warehouse("select count(*) from marts.dim_person") == [(truth["persons"],)]
    sessions = main_job.warehouse(
        "select strftime(date_day, '%Y-%m'), count(*) from marts.fct_sessions "
        "where user_pseudo_id is not null group by all"
    )
    assert dict(sessions) == truth["sessions"]  # type: ignore[arg-type]


def test_the_scorecard_covers_every_stage_with_twelve_kpis_or_more(main_job: MainJob) -> None:
    stages = dict(main_job.published("select stage, count(*) from kpi_scorecard group by all"))  # type: ignore[arg-type]
    assert set(stages) == {"awareness", "consideration", "conversion", "loyalty"}
    assert min(stages.values()) >= 2
    assert sum(stages.values()) >= 12
    assert main_job.published("select kpi from kpi_scorecard where value is null") == []


def test_every_stage_reports_and_the_log_tells_the_run(main_job: MainJob) -> None:
    report = main_job.report
    assert tuple(stage.stage for stage in report.stages) == STAGES
    assert all(stage.seconds > 0 and stage.rows > 0 and stage.peak_memory_mb > 10 for stage in report.stages)
    log = json.loads(report.log.read_text(encoding="utf-8"))
    assert (log["run_id"], log["status"], log["error"]) == (report.run_id, "published", None)
    assert report.published.publication.data_through == date(2026, 11, 22)


def test_a_second_refresh_changes_nothing(spare_job: MainJob) -> None:
    before = fingerprints(spare_job)
    report = run(make_plan(spare_job.settings, as_of=as_of_now()))
    assert report.run_id != spare_job.report.run_id
    assert by_table(fingerprints(spare_job), before) == {}


def fingerprints(job: MainJob) -> dict[str, object]:
    """Rows and a hash of each published and raw table, without what names the run."""
    found: dict[str, object] = {}
    for ask, schemas in ((job.published, "'published'"), (job.warehouse, "'published', 'semantic'")):
        condition = f"schema_name in ({schemas}) or schema_name like 'raw\\_%' escape '\\'"
        columns: dict[str, list[str]] = {}
        for schema, table, column, kind in ask(
            f"select schema_name, table_name, column_name, data_type from duckdb_columns() where {condition}"
        ):
            if column not in _OF_THE_RUN:
                # A sum of doubles depends on the order in which threads deliver its parts, in the last digits.
                value = f"round({column}, 9)" if kind == "DOUBLE" else str(column)
                columns.setdefault(f"{schema}.{table}", []).append(value)
        for relation, names in columns.items():
            ((rows, value),) = ask(f"select count(*), bit_xor(hash({', '.join(names)})) from {relation}")
            found[f"{ask.__name__} {relation}"] = (rows, value)
    return found


def by_table(found: dict[str, object], before: dict[str, object]) -> dict[str, tuple[object, object]]:
    return {
        name: (before.get(name), found.get(name)) for name in {*found, *before} if before.get(name) != found.get(name)
    }


def test_a_past_window_replaces_just_that_window(spare_job: MainJob) -> None:
    ours = "from raw_meta_ads.campaign_daily where date_start"
    true = spare_job.warehouse(f"select sum(spend::decimal(18, 2)) {ours} between '2026-03-01' and '2026-03-31'")
    # One wrong day within the window and one outside: only the one within is put right.
    spare_job.warehouse(
        "update raw_meta_ads.campaign_daily set spend = '0.77' where date_start in ('2026-03-10', '2026-04-10')"
    )
    newest = spare_job.warehouse(f"select max(date_start) {ours} is not null")
    plan = make_plan(
        spare_job.settings, sources=["meta_ads"], start=date(2026, 3, 1), end=date(2026, 3, 31), as_of=as_of_now()
    )
    steps.ingest(plan, "meta_ads")
    assert (
        spare_job.warehouse(f"select sum(spend::decimal(18, 2)) {ours} between '2026-03-01' and '2026-03-31'") == true
    )
    assert set(spare_job.warehouse(f"select distinct spend {ours} = '2026-04-10'")) == {("0.77",)}
    assert spare_job.warehouse(f"select max(date_start) {ours} is not null") == newest


def write(name: str, text: str) -> Callable[[MainJob], None]:
    def prepare(job: MainJob) -> None:
        (Path(job.environment["SOURCES__FILE_DROP__FOLDER"]) / name).write_text(text, encoding="utf-8")

    return prepare


def setting(name: str, value: str) -> Callable[[MainJob], None]:
    def prepare(job: MainJob) -> None:
        os.environ[name] = value

    return prepare


def without_francs(job: MainJob) -> None:
    job.warehouse("delete from raw_fx_rates.ecb_rates where currency_code = 'CHF'")


def wrong_focus(job: MainJob) -> None:
    folder = job.home / "config"
    folder.mkdir()
    (folder / "kpi.toml").write_text('focus = ["cost_per_mile"]\n', encoding="utf-8")
    os.environ["KPI_CONFIG"] = str(folder)


@pytest.mark.parametrize(
    ("prepare", "arguments", "words"),
    [
        (setting("SOURCES__META_ADS__ACCESS_TOKEN", "wrong"), ["--source", "meta_ads"], ["meta_ads", "token"]),
        (setting("SOURCES__META_ADS__ACCOUNT_IDS", "999"), ["--source", "meta_ads"], ["meta_ads", "999"]),
        (
            setting("SOURCES__META_ADS__BASE_URL", "http://127.0.0.1:9"),
            ["--source", "meta_ads"],
            ["127.0.0.1", "base_url"],
        ),
        (write("costs.csv", "when,what\n1,2\n"), ["--source", "file_drop"], ["costs.csv", "column"]),
        (wrong_focus, [], ["kpi.toml", "cost_per_mile", "cost_per_mille"]),
        (setting("SOURCES__META_ADS__ACCESS_TOKEN", ""), [], ["secrets.toml", "meta_ads.access_token"]),
    ],
    ids=["token", "account", "host", "file", "kpi", "secret"],
)
def test_a_wrong_input_is_one_line_and_leaves_the_publication(
    spare_job: MainJob,
    capfd: pytest.CaptureFixture[str],
    prepare: Callable[[MainJob], None],
    arguments: list[str],
    words: list[str],
) -> None:
    before = serving(spare_job)
    prepare(spare_job)
    assert kpi(["refresh", *arguments]) == 2
    said = capfd.readouterr().err
    assert [word for word in words if word not in said] == []
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert serving(spare_job) == before


def test_money_without_a_rate_fails_a_check_and_holds_the_facts_that_lack_it(
    spare_job: MainJob, capfd: pytest.CaptureFixture[str]
) -> None:
    spend = spare_job.published("select * from fct_ad_spend order by all")
    without_francs(spare_job)
    assert kpi(["refresh", "--source", "file_drop"]) == 1
    said = " ".join(capfd.readouterr().out.split())
    words = ["every_amount_has_an_exchange_rate", "CHF", "--source fx_rates --from", "kpi quarantine --source money"]
    assert [word for word in words if word not in said] == []
    assert "Traceback" not in said
    assert spare_job.published("select * from fct_ad_spend order by all") == spend
    stale = dict(spare_job.published("select kpi, is_stale from kpi_status"))  # type: ignore[arg-type]
    assert (stale["spend"], stale["return_on_ad_spend"], stale["sessions"], stale["leads"]) == (
        True,
        True,
        False,
        False,
    )


def test_a_locked_warehouse_is_one_line(spare_job: MainJob, capfd: pytest.CaptureFixture[str]) -> None:
    before = serving(spare_job)
    path = str(spare_job.settings.warehouse)
    hold = f"import duckdb, sys; held = duckdb.connect({path!r}); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert kpi(["refresh"]) == 2
        assert other.stdin is not None
        other.stdin.close()
    said = capfd.readouterr().err
    assert "warehouse.duckdb: locked by another process" in said
    assert said.count("\n") == 1
    assert serving(spare_job) == before


def test_a_failed_check_is_exit_code_1_and_leaves_the_publication(
    spare_job: MainJob, capfd: pytest.CaptureFixture[str]
) -> None:
    before = serving(spare_job)
    # Months on, every source is long overdue.
    assert kpi(["publish", "--as-of", "2027-03-01"]) == 1
    said = capfd.readouterr().err
    assert "is_fresh" in said
    assert "limit" in said
    assert "nothing was published" in said
    assert said.count("\n") == 1
    assert serving(spare_job) == before


def serving(job: MainJob) -> tuple[str, list[str]]:
    """What the link names, and what lies beside it."""
    link = job.settings.publication
    return str(link.readlink()), sorted(path.name for path in link.parent.iterdir())

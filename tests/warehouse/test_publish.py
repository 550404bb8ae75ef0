from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.soak.publications import read, watched
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.connection import reader
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.publish import Publication, publish
from warehouse.settings import Settings

TABLES = {
    "attribution_channels": 12,
    "attribution_levels": 12,
    "campaign_daily": 56,
    "channel_daily": 84,
    "cohort_retention": 6,
    "consent_daily": 1,
    "dim_business": 1,
    "dim_campaign": 2,
    "dim_kpi": 5,
    "fct_ad_spend": 56,
    "fct_attribution": 12,
    "fct_conversion_paths": 2,
    "fct_conversions": 3 + 28 * 6,
    "fct_customer_cohorts": 1,
    "fct_customer_journey": 3,
    "fct_deal_stages": 1,
    "fct_lifetime_fits": 1,
    "fct_orders": 3,
    "fct_pipeline": 1,
    "funnel": 24,
    "kpi_reported": 65,
    "kpi_advice": 1,
    "kpi_anomalies": 1,
    "kpi_drivers": 8,
    "kpi_scorecard": 5,
    "kpi_status": 5,
    "kpi_targets": 3,
    "kpi_values": 65,
    "publication": 1,
    "reconciliation": 2,
    "reconciliation_causes": 2,
    "reconciliation_weekly": 1,
    "source_status": 4,
    "table_status": 22,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "it's home"
    build_warehouse(home / "warehouse.duckdb")
    return Settings(home=home)


def _publish(settings: Settings, run_id: str = RUN_ID) -> Publication:
    return publish(
        settings,
        run_id=run_id,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=9,
        checks_total=10,
    )


def _change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(statement)


def test_a_version_holds_every_table_and_says_what_it_is(settings: Settings) -> None:
    publication = _publish(settings)

    assert publication.rows == TABLES
    assert settings.publication.readlink() == Path(f"kpi.{RUN_ID}.duckdb")
    assert (settings.serving / "latest").readlink() == Path(RUN_ID)
    assert stat.S_IMODE(publication.path.stat().st_mode) == 0o444
    with reader(settings.publication) as connection:
        assert connection.execute("from published.publication").fetchall() == [
            (RUN_ID, AS_OF.replace(tzinfo=UTC), date(2026, 11, 22), 9, 10)
        ]
        assert connection.execute("select sum(spend_amount) from published.fct_ad_spend").fetchone() == (420,)
        kinds = dict(
            connection.execute(
                "select column_name, data_type from duckdb_columns() where table_name = 'channel_daily'"
            ).fetchall()
        )
        assert kinds["impressions"] == "BIGINT"
        assert connection.execute(
            "select comment from duckdb_columns() where table_name = 'fct_ad_spend' and comment is not null"
        ).fetchall() == [("Spend in the reporting currency; the owner's truth",)]


def test_exports_are_part_of_the_version(settings: Settings) -> None:
    _change(
        settings,
        "update marts.campaign_daily set campaign_name = '=HYPERLINK(\"http://x\")' where date_day = '2026-11-22'",
    )
    publication = _publish(settings)

    assert sorted(path.stem for path in publication.exports.glob("*.parquet")) == sorted(TABLES)
    assert sorted(path.stem for path in (publication.exports / "csv").iterdir()) == sorted(TABLES)
    described = json.loads((publication.exports / "semantic.json").read_text(encoding="utf-8"))
    assert [table["name"] for table in described["semantic_model"][0]["datasets"]] == sorted(TABLES)
    parquet = str(publication.exports / "campaign_daily.parquet").replace("'", "''")
    assert duckdb.sql(f"select max(campaign_name) from '{parquet}' where date_day = '2026-11-22'").fetchone() == (
        '=HYPERLINK("http://x")',
    )
    lines = (publication.exports / "csv" / "campaign_daily.csv").read_text().splitlines()
    assert lines[0].startswith("date_day,platform,account_id,channel,campaign_id,campaign_name,spend_amount")
    assert lines[-1].startswith("2026-11-22,meta_ads,2,Paid Social,22,\"'=HYPERLINK(")


def test_the_check_results_of_the_run_are_published_with_it(settings: Settings) -> None:
    _change(
        settings,
        "create table ops.check_results as select * from (values ('before', 'a', false), (?, 'b', true), "
        "(?, 'c', false)) as t (run_id, check_name, passed)".replace("?", f"'{RUN_ID}'"),
    )
    assert _publish(settings).rows["check_results"] == 2
    with reader(settings.publication) as connection:
        assert connection.execute("select check_name, passed from published.check_results").fetchall() == [
            ("b", True),
            ("c", False),
        ]


def test_keeps_the_newest_versions_and_never_removes_the_current_one(settings: Settings) -> None:
    for number in range(5):
        _publish(settings, f"run-{number}")

    assert sorted(path.name for path in settings.serving.glob("kpi.run-*")) == [
        "kpi.run-2.duckdb",
        "kpi.run-3.duckdb",
        "kpi.run-4.duckdb",
    ]
    folders = (path for path in settings.serving.iterdir() if path.is_dir())
    assert sorted(path.name for path in folders) == ["latest", "run-2", "run-3", "run-4"]
    assert (settings.serving / "latest" / "kpi.xlsx").samefile(settings.serving / "run-4" / "kpi.xlsx")


def test_a_version_is_never_overwritten(settings: Settings) -> None:
    _publish(settings)
    with pytest.raises(ConfigurationError, match="is published already and a version never changes"):
        _publish(settings)


@pytest.mark.parametrize(
    ("defect", "message"),
    [
        (
            "update marts.fct_ad_spend set spend_amount = null where date_day = '2026-11-01'",
            "2 rows where spend_amount",
        ),
        ("update semantic.kpi_values set null_reason = null", "1 values that are NULL without a null_reason"),
        ("insert into semantic.kpi_scorecard from semantic.kpi_scorecard limit 1", r"1 keys \(kpi\) more than once"),
        ("delete from semantic.kpi_scorecard", "table kpi_scorecard has no rows"),
        ("update marts.source_status set source = null where source = 'ga4'", "1 rows where source is NULL"),
    ],
)
def test_a_defect_is_refused_and_the_last_version_stays(settings: Settings, defect: str, message: str) -> None:
    _publish(settings)
    _change(settings, defect)

    with pytest.raises(CheckFailed, match=message) as caught:
        _publish(settings, "second")

    assert "\n" not in str(caught.value)
    assert settings.publication.readlink() == Path(f"kpi.{RUN_ID}.duckdb")
    assert not (settings.serving / "kpi.second.duckdb").exists()


def test_missing_table_and_missing_warehouse_are_one_line(settings: Settings) -> None:
    _change(settings, "drop view published.funnel")
    with pytest.raises(ConfigurationError, match="funnel missing; run `kpi refresh`"):
        _publish(settings)
    settings.warehouse.unlink()
    with pytest.raises(ConfigurationError, match="there is no warehouse yet"):
        _publish(settings)


def test_eight_clients_see_whole_versions_only_and_the_newest_when_they_connect(tmp_path: Path) -> None:
    """The long form is `make soak SOAK="--days 0 --kills 0 --publications 1000"`."""
    with ThreadPoolExecutor(8) as pool:
        seen = watched(Settings(home=tmp_path), 4, 8, pool, reader)
    assert seen.is_good, str(seen)
    assert seen.reads >= 16
    # each client is there from the first, and reads once after the last
    assert {0, 4} <= seen.versions


def test_what_is_mixed_or_stale_is_seen(tmp_path: Path) -> None:
    """A publication that is written in place, and a link that was not flipped."""
    (tmp_path / "newest").write_text("2")
    (tmp_path / "stop").touch()
    for name, clicks, label in (("mixed", 3, "v2"), ("stale", 1, "v1")):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(
                f"create schema published; create table published.publication as select '{label}' as run_id;"
                f"create table published.channel_daily as select {clicks} as clicks;"
                f"create table published.dim_kpi as select '{label}' as label"
            )
    assert read(tmp_path / "mixed.duckdb", tmp_path, reader).mixed == ["[2, 3] in one connection"]
    assert read(tmp_path / "stale.duckdb", tmp_path, reader).stale == ["1 after 2 was published"]
    assert len(read(tmp_path / "absent.duckdb", tmp_path, reader).errors) == 1


def test_a_process_killed_before_the_flip_leaves_the_last_version(settings: Settings) -> None:
    _publish(settings)
    script = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
import warehouse.publish as module
from warehouse.settings import Settings
module.seal = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
module.publish(Settings(home=Path({str(settings.home)!r})), run_id="killed", published_at=datetime.now(UTC),
               data_through=None, checks_passed=1, checks_total=1)
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (settings.serving / ".building.killed.duckdb").exists()
    with reader(settings.publication) as connection:
        assert connection.execute("select run_id from published.publication").fetchone() == (RUN_ID,)

    _publish(settings, "after")
    assert not list(settings.serving.glob(".building*"))
    assert settings.publication.readlink() == Path("kpi.after.duckdb")


def test_a_second_publication_at_once_is_refused(settings: Settings) -> None:
    import fcntl

    settings.serving.mkdir()
    with (settings.serving / ".publish.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ConfigurationError, match="another publication is under way; wait"):
            _publish(settings)


def test_a_warehouse_that_is_being_written_is_one_line(settings: Settings) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(settings.warehouse)!r}); print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdin
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ConfigurationError, match=r"warehouse\.duckdb: locked by another process") as caught:
        _publish(settings)
    holder.stdin.close()
    holder.wait(timeout=30)
    holder.stdout.close()
    assert "\n" not in str(caught.value)


def test_run_id_cannot_leave_the_folder(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="may hold letters"):
        publish(
            settings,
            run_id="../x",
            published_at=datetime.now(UTC),
            data_through=None,
            checks_passed=0,
            checks_total=0,
        )

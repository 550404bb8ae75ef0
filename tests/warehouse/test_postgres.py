"""The mirror in a real Postgres server, which these tests start for themselves."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from bi.contents import read
from bi.superset_datasets import datasets
from cli.main import run
from quality.gate import GateReport
from refresh import steps
from refresh.home import claim_for_sandbox
from refresh.mirror import Copied, copy_publication
from refresh.plan import RefreshPlan
from tests.bi import world
from tests.conftest import MainJob
from tests.warehouse.small import AS_OF, build_warehouse
from warehouse import postgres
from warehouse.errors import ConfigurationError
from warehouse.measures import measure
from warehouse.postgres import mirror
from warehouse.settings import Settings

# What a URL has to escape, and what a message may not repeat in either spelling.
PASSWORD, ESCAPED = "s3cr/t@word", "s3cr%2Ft%40word"
ROWS = """
create schema published;
create table published.publication as select 'run-{number}' as run_id, {number}::bigint as checks_passed;
create table published.funnel as select n::bigint as step_number, {number}::bigint as people from range(200) as t (n);
comment on table published.funnel is 'People by step; the owner''s truth';
comment on column published.funnel.people is 'How many';
create table published.kinds as select * from (values
    ('', 0.1 + 0.2::double, 12345678901.123456::decimal(18, 6), true, date '2026-02-28',
     timestamptz '2026-10-25 02:30:00+02', 9223372036854775807, 7::integer),
    (null, null, null, null, null, null, null, null),
    ('tab' || chr(9) || 'line' || chr(10) || 'return' || chr(13) || 'back\\\\slash', 1e300, -1, false, '1970-01-01',
     timestamptz '1999-12-31 23:59:59.123456+00', -1, 0),
    ('\\N', 'nan'::double, 0, null, null, null, 0, null), ('\\.', 'inf'::double, 0, null, null, null, 0, null),
    ('"quoted", ''too'' Zürich 東京', 5e-324, 0.000001, true, '9999-12-31', null, 0, -7)
) as t (label, ratio, amount, is_final, date_day, seen_at, number, short);
"""


@dataclass(frozen=True)
class Server:
    port: int

    def url(self, user: str = "owner", password: str = ESCAPED, database: str = "bi") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def rows(self, query: str, user: str = "owner", **options: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(user, **options), autocommit=True) as connection:
            result = connection.execute(query)  # type: ignore[call-overload]
            return result.fetchall() if result.description else []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/absent")]
    programs_folder = programs[-1].resolve().parent
    if not (programs_folder / "postgres").exists():
        pytest.skip("Postgres is absent: install the package postgresql to try the mirror on a server")
    # A server refuses to run as root, and pytest's own folders are closed to other users.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kpi-postgres-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if user:
        for path in (folder, secret):
            shutil.chown(path, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["--auth=scram-sha-256", f"--pwfile={secret}", "--username=owner", "--encoding=UTF8", "--locale=C"]
    data = folder / "data"
    subprocess.run(
        [programs_folder / "initdb", f"--pgdata={data}", "--no-sync", *settings],
        user=user, check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    process = subprocess.Popen(
        [programs_folder / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1",
         "-c", "fsync=off"],
        user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    server = Server(port)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                server.rows("create database bi", database="postgres")
                break
            except psycopg.OperationalError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.1)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        shutil.rmtree(folder)


@pytest.fixture
def clean(server: Server) -> Server:
    server.rows("drop schema if exists published cascade")
    return server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    return tmp_path


def release(home: Path, number: int, statements: str = "") -> Path:
    """Publication `number`, whose every table says so."""
    serving = home / "serving"
    serving.mkdir(parents=True, exist_ok=True)
    path, link = serving / f"kpi.run-{number}.duckdb", serving / "kpi.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(ROWS.format(number=number) + statements)
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    return link


def test_every_value_arrives(clean: Server, tmp_path: Path) -> None:
    link = release(tmp_path, 1, "update published.kinds set label = label || chr(0) where number = 9223372036854775807")
    mirrored = mirror(link, clean.url())
    assert mirrored.rows == {"funnel": 200, "kinds": 6, "publication": 1}
    assert (mirrored.run_id, mirrored.note) == ("run-1", "")
    with duckdb.connect(str(link.resolve()), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        # NUL, which Postgres has no place for, is left out
        held = connection.execute(
            "select replace(label, chr(0), ''), ratio::varchar, amount::varchar, is_final, date_day::varchar, "
            "epoch_us(seen_at), number, short from published.kinds"
        ).fetchall()
    arrived = clean.rows(
        "select label, lower(ratio::text), amount::text, is_final, date_day::text, "
        "(extract(epoch from seen_at) * 1000000)::bigint, number, short from published.kinds"
    )
    same = {"infinity": "inf"}

    def plain(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        return {(row[0], None if row[1] is None else float(same.get(row[1], row[1])).hex(), *row[2:]) for row in rows}

    assert plain(arrived) == plain(held)
    kinds = clean.rows(
        "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns "
        "where table_schema = 'published' and table_name = 'kinds' order by ordinal_position"
    )
    assert [kind for _, kind, *_ in kinds] == [
        "text", "double precision", "numeric", "boolean", "date", "timestamp with time zone", "bigint", "integer",
    ]  # fmt: skip
    assert kinds[2][2:] == (18, 6)
    assert clean.rows("select obj_description('published.funnel'::regclass)") == [
        ("People by step; the owner's truth",)
    ]
    assert clean.rows("select col_description('published.funnel'::regclass, 2)") == [("How many",)]


def test_views_and_grants_survive_and_a_reader_keeps_its_version(clean: Server, tmp_path: Path) -> None:
    mirror(release(tmp_path, 1), clean.url())
    clean.rows("create view published.top as select max(people) as people from published.funnel")
    clean.rows(
        "create role looker login password 'x'; grant kpi_reader to looker; grant select on published.top to looker"
    )
    with psycopg.connect(clean.url()) as held:
        held.execute("set transaction isolation level repeatable read")
        assert held.execute("select max(people) from published.funnel").fetchone() == (1,)
        link = release(tmp_path, 2)
        mirror(link, clean.url())
        assert held.execute("select count(*), max(people) from published.funnel").fetchone() == (200, 1)
    assert clean.rows("select people from published.top", "looker", password="x") == [(2,)]
    assert clean.rows("select count(*), min(people), max(people) from published.funnel", "looker", password="x") == [
        (200, 2, 2)
    ]
    # it may read, and nothing else
    for statement in (
        "delete from published.funnel",
        "insert into published.funnel values (1, 1)",
        "create table published.mine (a int)",
        "drop table published.funnel",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clean.rows(statement, "looker", password="x")
    # once more is the same
    assert mirror(link, clean.url()).rows["funnel"] == 200
    assert clean.rows("select count(*) from published.funnel") == [(200,)]
    clean.rows("drop owned by looker; drop role looker")


def test_readers_see_whole_versions_only(clean: Server, tmp_path: Path) -> None:
    mirror(release(tmp_path, 0), clean.url())
    stop, seen, problems = threading.Event(), set(), []

    def read() -> None:
        with psycopg.connect(clean.url(), autocommit=True) as connection:
            while not stop.is_set():
                found = connection.execute(
                    "select p.checks_passed, count(*), min(people), max(people) "
                    "from published.publication as p, published.funnel group by 1"
                ).fetchall()
                number = found[0][0] if found else None
                if found != [(number, 200, number, number)]:
                    problems.append(found)
                seen.add(number)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 6):
        mirror(release(tmp_path, number), clean.url())
    # each has read the last one
    deadline = time.monotonic() + 60
    while 5 not in seen and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert 5 in seen


def test_columns_and_tables_come_and_go_unless_a_view_needs_them(clean: Server, tmp_path: Path) -> None:
    mirror(release(tmp_path, 1), clean.url())
    clean.rows("create view public.steps as select step_number from published.funnel")
    more = (
        "alter table published.funnel add column month date; alter table published.funnel alter people type double;"
        "drop table published.kinds"
    )
    mirror(release(tmp_path, 2, more), clean.url())
    assert clean.rows(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'published' and table_name = 'funnel' order by 1"
    ) == [("month", "date"), ("people", "double precision"), ("step_number", "bigint")]
    assert clean.rows("select count(*) from public.steps") == [(200,)]
    assert clean.rows("select table_name from published.mirrored_tables order by 1") == [("funnel",), ("publication",)]
    assert clean.rows("select to_regclass('published.kinds')") == [(None,)]

    link = release(tmp_path, 3, "alter table published.funnel drop column step_number")
    with pytest.raises(ConfigurationError, match="view steps depends on column step_number of table") as caught:
        mirror(link, clean.url())
    assert "drop what depends on it, publish there again" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert clean.rows("select run_id from published.publication") == [("run-2",)]
    clean.rows("drop view public.steps")
    mirror(link, clean.url())
    assert clean.rows("select run_id from published.publication") == [("run-3",)]


def test_a_table_of_somebody_else_is_not_written_over(clean: Server, tmp_path: Path) -> None:
    clean.rows("create schema published; create table published.funnel as select 'mine' as note")
    with pytest.raises(ConfigurationError, match=r"published\.funnel is there and was not made by `kpi publish --to`"):
        mirror(release(tmp_path, 1), clean.url())
    assert clean.rows("select note from published.funnel") == [("mine",)]
    assert clean.rows("select to_regclass('published.mirrored_tables')") == [(None,)]


def test_a_failure_half_way_changes_nothing(clean: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror(release(tmp_path, 1), clean.url())
    monkeypatch.setattr(postgres, "_grant", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mirror(release(tmp_path, 2), clean.url())
    assert clean.rows("select run_id, (select max(people) from published.funnel) from published.publication") == [
        ("run-1", 1)
    ]


def test_whoever_may_not_create_roles_is_told(clean: Server, tmp_path: Path) -> None:
    mirror(release(tmp_path, 0), clean.url())
    clean.rows("drop schema published cascade; drop owned by kpi_reader; drop role kpi_reader")
    clean.rows("create role loader login password 'x'")
    link = release(tmp_path, 1)
    with pytest.raises(ConfigurationError, match=r"permission denied .*; .* grant create on database bi to loader"):
        mirror(link, clean.url("loader", "x"))
    clean.rows("grant create on database bi to loader")
    assert "role kpi_reader is not there" in mirror(link, clean.url("loader", "x")).note
    assert clean.rows("select run_id from published.publication") == [("run-1",)]
    clean.rows("drop owned by loader; drop role loader")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("postgresql://owner:wr0ng%2Fsecret@127.0.0.1:{port}/bi", "password authentication failed for user"),
        ("postgresql://owner:wr0ng%2Fsecret@127.0.0.1:1/bi", "postgresql://owner@127.0.0.1:1/bi: "),
        ("postgresql://owner:wr0ng/secret@127.0.0.1:{port}/bi", "--to: cannot be read as an address"),
        ("postgresql://owner:12/wr0ng@127.0.0.1:{port}/bi", "--to: cannot be read as an address"),
        ("postgresql://owner:x@wr0ng@127.0.0.1:{port}/bi", "--to: cannot be read as an address"),
        ("postgresql://owner:x?wr0ng@127.0.0.1:{port}/bi", "password authentication failed for user"),
        ("postgresql://owner:wr0ng%2Fsecret@127.0.0.1:{port}/bi?nosuch=1", "--to: cannot be read as an address"),
        ("postgresql://owner:wr0ng%2Fsecret@127.0.0.1:{port}/bi?options=-c%20wr0ng%2Fsecret", "127.0.0.1"),
        ("mysql://owner:wr0ng%2Fsecret@127.0.0.1/bi", "--to: is no address of a Postgres database"),
        ("owner:wr0ng%2Fsecret", "--to: is no address of a Postgres database"),
    ],
)
def test_a_password_is_in_no_line_and_no_file(
    server: Server, home: Path, capsys: pytest.CaptureFixture[str], url: str, line: str
) -> None:
    release(home, 1)
    assert run(["publish", "--to", url.format(port=server.port)]) == 2
    told = capsys.readouterr()
    assert line in told.err
    assert told.err.count("\n") == 1
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert "wr0ng" not in told.out + told.err
    assert b"wr0ng" not in kept


def test_the_command_says_what_is_there_now(
    clean: Server, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "--to", clean.url()]) == 2
    assert "there is no such database yet; run `kpi refresh` first" in capsys.readouterr().err
    release(home, 1)
    assert run(["publish", "--to", clean.url()]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"postgresql://owner@127.0.0.1:{clean.port}/bi has run-1: 3 tables, 207 rows")
    assert clean.rows("select table_name, rows, run_id from published.mirrored_tables order by 1") == [
        ("funnel", 200, "run-1"), ("kinds", 6, "run-1"), ("publication", 1, "run-1"),
    ]  # fmt: skip
    # a password from the environment
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert run(["publish", "--to", f"postgres://owner@127.0.0.1:{clean.port}/bi"]) == 0
    everything = clean.rows("select string_agg(t::text, ' ') from published.mirrored_tables as t")[0][0]
    assert PASSWORD not in everything + told


def test_each_publication_is_copied_where_a_database_is_configured(
    clean: Server, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=home)
    build_warehouse(settings.warehouse)

    def publish(run_id: str) -> steps.Published:
        return steps.publish(RefreshPlan(run_id, AS_OF, None, {}, settings), GateReport(()))

    assert publish("run-1").copied == Copied()
    assert run(["publish", "--to"]) == 2
    assert "--to: names no database, and .dlt/secrets.toml has no mirror.postgres" in capsys.readouterr().err
    monkeypatch.setenv("MIRROR__POSTGRES", clean.url())
    copied = publish("run-2").copied
    assert copied.detail.startswith(f"postgresql://owner@127.0.0.1:{clean.port}/bi: 34 tables, ")
    assert copied.warnings == ()
    assert clean.rows("select run_id from published.publication") == [("run-2",)]
    assert clean.rows("select sum(spend_amount) from published.fct_ad_spend") == [(420,)]
    # readers of both go back
    assert run(["publish", "--rollback"]) == 0
    assert f"Copied to postgresql://owner@127.0.0.1:{clean.port}/bi" in capsys.readouterr().out
    assert clean.rows("select run_id from published.publication") == [("run-1",)]
    # nobody is there: the publication stands
    monkeypatch.setenv("MIRROR__POSTGRES", f"postgresql://owner:{ESCAPED}@127.0.0.1:1/bi")
    published = publish("run-3")
    (warning,) = published.copied.warnings
    assert warning.startswith("not copied to Postgres: postgresql://owner@127.0.0.1:1/bi: ")
    assert ESCAPED not in warning
    assert PASSWORD not in warning
    assert settings.publication.readlink() == Path("kpi.run-3.duckdb")


def test_the_sandbox_is_never_copied_by_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim_for_sandbox(home)
    monkeypatch.setenv("MIRROR__POSTGRES", "postgresql://owner@127.0.0.1:1/bi")
    assert copy_publication(Settings(home=home)) == Copied()


def test_every_published_column_has_its_comment_in_postgres(main_job: MainJob, clean: Server, tmp_path: Path) -> None:
    """All tables of a real publication, without their rows."""
    serving = tmp_path / "serving"
    serving.mkdir()
    with duckdb.connect(str(serving / "kpi.duckdb")) as connection:
        connection.execute(f"attach '{main_job.settings.publication.resolve()}' as real (read_only)")
        connection.execute("create schema published")
        tables = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'real' and schema_name = 'published'"
            ).fetchall()
        ]
        for name in tables:
            limit = 1 if name == "publication" else 0
            connection.execute(f"create table published.{name} as select * from real.published.{name} limit {limit}")
        for place, comment in connection.execute(
            "select 'column published.' || table_name || '.' || column_name, comment from duckdb_columns() "
            "where database_name = 'real' and schema_name = 'published' union all "
            "select 'table published.' || table_name, comment from duckdb_tables() "
            "where database_name = 'real' and schema_name = 'published'"
        ).fetchall():
            text = comment.replace("'", "''")
            connection.execute(f"comment on {place} is '{text}'")
    mirror(serving / "kpi.duckdb", clean.url())
    undescribed = clean.rows(
        "select c.relname, a.attname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace "
        "join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where n.nspname = 'published' and c.relkind = 'r' "
        "and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)"
    )
    assert undescribed == []
    assert clean.rows("select count(*) from information_schema.tables where table_schema = 'published'") == [
        (len(tables) + 1,)
    ]


def test_the_measures_of_bi_tools_run_there_too(clean: Server, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    world.build(settings)
    world.release(settings, 1)
    mirror(settings.publication, clean.url())
    contents = read(settings.publication)
    by_channel = contents.definitions["cost_per_lead"]
    week = "kpi = 'cost_per_lead' and grain = 'week' and period_start = date '2026-11-16'"
    for where, expected in (
        (f"{week} and segment_dimension = ''", 2.5),
        (f"{week} and segment_dimension = 'channel'", 2.5),  # (80 + 25) / (40 + 2), not the mean of 2 and 12.5
        (week, None),
    ):
        assert clean.rows(f"select {measure(by_channel)} from published.kpi_values where {where}") == [(expected,)]
    for dataset in datasets(contents).values():
        place = f"({dataset['sql']})" if dataset["sql"] else f"published.{dataset['table_name']}"
        asked = ", ".join(metric["expression"] for metric in dataset["metrics"])
        clean.rows(f"select {asked} from {place} as t")

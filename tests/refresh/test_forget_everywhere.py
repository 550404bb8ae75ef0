"""A person of the sandbox in everything that is kept, forgotten, and looked for byte by byte."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb
import pytest

from ingestion.privacy import keyed_hash
from ingestion.sandbox.world import build_world
from refresh.forget import forget
from refresh.scan import scan
from tests.conftest import MainJob
from warehouse.publish import publish
from warehouse.renaming import Names, find
from warehouse.settings import Settings
from warehouse.versions import versions

TOTALS = (
    "from {schema}.channel_daily order by all",
    "from {schema}.funnel order by all",
    "from {schema}.reconciliation order by all",
    "select count(*), count(distinct person_id), sum(value) from {schema}.fct_customer_journey",
    "select count(*), count(distinct person_id), sum(revenue_amount) from {schema}.fct_orders",
)
KPIS = "select kpi, grain, period_start, segment_value, value, numerator from {schema}.kpi_values order by all"


def person(job: MainJob) -> tuple[str, dict[str, str]]:
    """Somebody whom the CRM knows by two addresses, with a browser: the second address, and all that names them."""
    for merge in build_world().merges:
        winner, loser = merge.winner_id, merge.loser.contact_id
        known = job.warehouse(
            f"select ga_client_id, email_hash from raw_hubspot.contacts where contact_id = '{winner}'"
            f" and ga_client_id is not null and contains(further_email_hashes, '{keyed_hash(merge.loser.email)}')"
        )
        numbers = job.warehouse(
            f"select person_id from marts.bridge_person_identifier where identifier_value = '{winner}'"
            " and identifier_type = 'contact_id'"
        )
        if known and numbers:
            (client, hashed), ((number,), *_) = known[0], numbers
            clicks = job.warehouse(
                "select identifier_value from marts.bridge_person_identifier where identifier_type = 'gclid'"
                f" and person_id = '{number}'"
            )
            found = {"winner": winner, "loser": loser, "client": client, "hash": hashed, "number": number}
            found |= {"second hash": str(keyed_hash(merge.loser.email)), "address": merge.loser.email}
            found |= {f"click {place}": click for place, (click,) in enumerate(clicks)}
            return merge.loser.email, {name: str(value) for name, value in found.items()}
    raise AssertionError("the sandbox has nobody with two addresses and a browser")


def plant(settings: Settings, names: dict[str, str]) -> None:
    """The person in what no refresh leaves here: quarantine, restatements, a killed load, logs, a new table."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        row = f'{{"id": "{names["winner"]}", "note": "called twice"}}'
        connection.execute(
            "insert into ops.quarantine values ('hubspot', 'contacts', 'createdate', 'is no time', ?, 'x', now())",
            [row],
        )
        connection.execute(
            'insert into raw_file_drop.quarantine (file_name, line_number, field, "row") values (?, 2, ?, ?)',
            ["crm_contacts.csv", "created_at", f"C9,{names['hash']},yesterday"],
        )
        connection.execute(
            "insert into ops.restatements values ('ga4_export', 'events', ?, '2026-01-01', 'rows', 1, 2, now(), 'x')",
            [names["client"]],
        )
        connection.execute(
            "insert into ops.requests (source, metadata) values ('hubspot', ?)", [f'{{"after": "{names["client"]}"}}']
        )
        connection.execute("create table marts.of_tomorrow (visitor varchar, trail struct(visits varchar[]))")
        connection.execute(
            "insert into marts.of_tomorrow values (?, {'visits': [?, 'another']})", [names["client"], names["client"]]
        )
        # a row that was deleted, and whose bytes the file keeps
        connection.execute("create table ops.once as select ? || range as text from range(5000)", [names["client"]])
        connection.execute("checkpoint; drop table ops.once; checkpoint")
    for place in ("dlt/hubspot/load/contacts.jsonl", "cache/answer.json", "dbt/run/page.sql", "logs/of_a_run.json"):
        path = settings.home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"{names["address"]}" "{names["client"]}"', encoding="utf-8")


def totals(settings: Settings) -> list[object]:
    """What the warehouse and every kept publication count, oldest first."""
    found: list[object] = []
    for path, schema in ((settings.warehouse, "marts"), *((path, "published") for path in versions(settings))):
        with duckdb.connect(str(path), read_only=True) as connection:
            found += [connection.execute(query.format(schema=schema)).fetchall() for query in TOTALS]
            values = "semantic" if schema == "marts" else schema
            found.append(connection.execute(KPIS.format(schema=values)).fetchall())
    return found


def places(settings: Settings, names: dict[str, str]) -> list[str]:
    """Where anything that names the person stands: by reading all, and sparing nothing."""
    long = [name.lower() for name in names.values() if len(name) >= 9]
    found = []
    for path in (path for path in settings.home.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        found += [f"{path.name}: bytes" for name in long if name.encode() in content]
        if path.suffix == ".duckdb":
            found += [f"{path.name}: {place}" for place in texts(path, names)]
    return found


def texts(path: Path, names: dict[str, str]) -> list[str]:
    short = re.compile("|".join(rf"(?<![0-9A-Za-z]){names[name]}(?![0-9A-Za-z])" for name in ("winner", "loser")))
    long = [name for name in names.values() if len(name) >= 9]
    # Rows become text once for all names: that is what costs.
    hits = ", ".join("count(*) filter (contains(row_text, ?))" for _ in long)
    found = []
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            relation = f'"{schema}"."{table}"'
            counted = connection.execute(
                f"select {hits} from (select cast(t as varchar) as row_text from {relation} as t)", long
            ).fetchone()
            found += [f"{table} {count}" for count in counted or () if count]
            for (column,) in connection.execute(
                "select column_name from duckdb_columns() where schema_name = ? and table_name = ? "
                "and (column_name like '%contact%' or column_name in ('lead_id', 'node', 'identifier_value'))",
                [schema, table],
            ).fetchall():
                values = connection.execute(f'select distinct cast("{column}" as varchar) from {relation}').fetchall()
                found += [f"{table}.{column}" for (value,) in values if value and short.search(value)]
    return found


def test_nothing_names_the_person_and_every_total_stays(spare_job: MainJob) -> None:
    settings = spare_job.settings
    address, names = person(spare_job)
    publish(
        settings, run_id="second", published_at=datetime.now(UTC), data_through=date(2026, 11, 22), checks_passed=1,
        checks_total=1,
    )  # fmt: skip
    plant(settings, names)
    assert len(versions(settings)) == 2
    assert len({place.partition(":")[0] for place in places(settings, names)}) >= 6
    before = totals(settings)
    with duckdb.connect(str(settings.publication.resolve()), read_only=True) as held:
        done = forget(settings, address)
        # who reads an old version reads it to the end
        assert held.execute("select count(*) > 0 from published.fct_orders").fetchone() == (True,)
    assert places(settings, names) == []
    assert done.proof.found == ()
    assert done.publications == 2
    assert done.proof.files > 50
    assert done.proof.bytes > settings.warehouse.stat().st_size
    assert totals(settings) == before
    assert settings.publication.resolve().name == "kpi.second-e1.duckdb"
    assert (settings.serving / "second-e1" / "csv" / "fct_orders.csv").exists()
    assert spare_job.warehouse("select count(*) from ops.quarantine where row like '%called twice%'") == [(0,)]
    assert spare_job.warehouse("select count(*), count(visitor) from marts.of_tomorrow") == [(1, 1)]
    assert not (settings.home / ".forgetting").exists()


def test_what_a_person_put_there_and_a_leak_of_any_kind_are_seen(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "crm_contacts.csv").write_text("C1,GONE@EXAMPLE.COM\n", encoding="utf-8")
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as connection:
        connection.execute("create table t as select '1700000000.42' as c from range(100000)")
    with ZipFile(tmp_path / "kpi.xlsx", "w", ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", "<c>gone@example.com</c>" * 100)
    names = Names({"1700000000.42": "nobody"})
    leaks = scan(Settings(home=tmp_path), "gone@example.com", names, lambda name: None).found
    assert {(leak.path.name, leak.place) for leak in leaks} == {
        ("crm_contacts.csv", "its bytes"),
        ("copy.duckdb", "its bytes"),
        ("copy.duckdb", "main.t.c, 100000 rows"),
        ("kpi.xlsx", "its bytes"),
    }


@pytest.mark.parametrize(("text", "hits"), [("501", 1), ("1:501", 1), ("77;501", 1), ("5501", 0), ("501.5", 0)])
def test_a_short_number_is_a_contact_only_as_a_whole_and_where_contacts_stand(text: str, hits: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as select ? as contact_id, ? as campaign_id", [text, text])
        found = find(connection, "memory", Names(contacts={("hubspot", "501"): "nobody"}))
    assert [hit.column for hit in found] == ["contact_id"] * hits

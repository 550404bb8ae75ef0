"""What loads send, log, land and leave behind, searched for secrets and people; also where a vendor repeats them."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet
import pytest
import requests

from ingestion import landing, pipeline
from refresh.plan import make_plan
from tests.refresh.test_no_secret_is_kept import EMAIL, hits_in_tables
from tests.soak.business import SOURCES, Business, business
from warehouse.errors import KpiError
from warehouse.layout import landing_schema
from warehouse.settings import load_settings

_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_PATHS = {
    "ga4": "^/v1beta/",
    "ga4_export": "^/bigquery/",
    "google_ads": "googleAds:search",
    "meta_ads": r"^/v26\.0/",
    "hubspot": "^/crm/",
    "search_console": "^/webmasters/",
    "fx_rates": "^/service/",
}


@dataclass
class Loads:
    """Two loads of every source: one as usual, one that the vendor refuses with gossip about who asked."""

    one: Business
    environment: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    landed: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.one.folder / "home"

    @property
    def left(self) -> Path:
        return self.one.folder / "left"

    def secrets(self) -> list[str]:
        key = json.loads(self.environment["SOURCES__GA4__CREDENTIALS"])["private_key"].splitlines()[1]
        names = ("SOURCES__META_ADS__ACCESS_TOKEN", "SOURCES__HUBSPOT__ACCESS_TOKEN", "PRIVACY__HASH_KEY")
        words = ["Bearer ", "ya29.", "access_token=", "assertion="]
        return [key, *(self.environment[name] for name in names), *words]

    def people(self) -> list[str]:
        owners = [f"{owner.first_name} {owner.last_name}" for owner in self.one.world.owners]
        return owners + sorted({contact.email.partition("@")[0] for contact in self.one.world.contacts})

    def wanted(self) -> str:
        return "|".join([*map(re.escape, self.secrets() + self.people()), EMAIL])

    def run(self, patch: pytest.MonkeyPatch) -> None:
        for source in SOURCES:
            history = {f"SOURCES__{source.upper()}__HISTORY_DAYS": "8"}
            self.environment |= self.one.environment("home", source) | history
        for name, value in self.environment.items():
            patch.setenv(name, value)
        self.one.set_clock(_NOW)
        self.one.write_inbox("home", _NOW)
        self._listen(patch)
        for source in SOURCES:
            self._load(source)
        for source, path in _PATHS.items():
            self.one.control.faults.clear()
            self.one.control.inject(path, 999, 400, self._gossip(source))
            self._load(source)

    def _load(self, source: str) -> None:
        settings = load_settings()
        window = make_plan(settings, sources=[source], as_of=_NOW).windows[source]
        try:
            pipeline.load(source, window, settings=settings, as_of=_NOW, run_id="r", sleep=lambda seconds: None)
        except KpiError as error:
            self.said[source] = str(error)

    def _gossip(self, source: str) -> dict[str, Any]:
        """A refusal that tells what the vendor knows, in a body that every vendor's reader takes for its own."""
        sent = self.environment.get(f"SOURCES__{source.upper()}__ACCESS_TOKEN") or " ".join(self.one.control._tokens)
        person = self.one.world.contacts[0].email
        text = f"pipeline@larkspur-analytics.iam.gserviceaccount.com and {person}\n may not: {sent}, Bearer {sent}"
        failure = {"errorCode": {"queryError": "UNKNOWN"}, "message": text}
        error = {"code": 400, "message": text, "status": "INVALID_ARGUMENT", "details": [{"errors": [failure]}]}
        return {"error": error, "message": text, "category": "VALIDATION_ERROR"}

    def _listen(self, patch: pytest.MonkeyPatch) -> None:
        send, clear = requests.adapters.HTTPAdapter.send, landing.clear

        def heard(adapter: Any, request: Any, **more: Any) -> Any:
            self.urls.append(unquote(unquote(request.url)))
            return send(adapter, request, **more)

        def cleared(con: duckdb.DuckDBPyConnection, spec: Any, *more: Any) -> None:
            self.landed += hits_in_tables(con, self.wanted(), schema=landing_schema(spec.name))[1]
            clear(con, spec, *more)

        def removed(path: Path, **more: Any) -> None:
            if path.exists():  # what a kill at this moment would leave
                shutil.copytree(path, self.left / f"{len(list(self.left.glob('*')))}")
            shutil.rmtree(path, **more)

        self.left.mkdir()
        patch.setattr(requests.adapters.HTTPAdapter, "send", heard)
        patch.setattr(landing, "clear", cleared)
        patch.setattr(landing, "shutil", SimpleNamespace(rmtree=removed))


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loads]:
    folder = tmp_path_factory.mktemp("loads")
    handler, root = logging.FileHandler(folder / "debug.log"), logging.getLogger()
    before = root.level
    with business(folder, days=4, days_before=4) as one, pytest.MonkeyPatch.context() as patch:
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)  # more than any setting of ours writes
        try:
            found = Loads(one)
            found.run(patch)
        finally:
            root.removeHandler(handler)
            root.setLevel(before)
        yield found


def test_no_url_holds_a_secret_or_a_person(loads: Loads) -> None:
    assert len(loads.urls) > 100
    assert {"companies", "searchAnalytics", "runReport", "insights", "EXR"} <= set(
        re.findall(r"companies|searchAnalytics|runReport|insights|EXR", " ".join(loads.urls))
    )
    wanted = re.compile(loads.wanted())
    assert [url for url in loads.urls if wanted.search(url)] == []


def test_no_line_for_a_person_repeats_what_the_vendor_knows(loads: Loads) -> None:
    assert set(loads.said) == set(_PATHS)
    wanted = re.compile(loads.wanted())
    assert {source: text for source, text in loads.said.items() if wanted.search(text) or "\n" in text} == {}


def test_no_log_holds_a_secret_or_a_person(loads: Loads) -> None:
    # The server answers in this process: what it logs of itself is not ours.
    lines = (loads.one.folder / "debug.log").read_text(encoding="utf-8").splitlines()
    wanted = re.compile(loads.wanted())
    assert len(lines) > 100
    assert [line for line in lines if wanted.search(line)] == []


def test_nothing_that_landed_holds_a_secret_or_a_person(loads: Loads) -> None:
    assert loads.landed == []


def test_nothing_that_dlt_leaves_holds_a_secret_or_a_person(loads: Loads) -> None:
    wanted, rows, found = re.compile(loads.wanted()), 0, []
    for path in sorted([*loads.left.rglob("*"), *(loads.home / "dlt").rglob("*")]):
        if wanted.search(str(path.relative_to(loads.one.folder))):
            found.append(path.name)
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            rows += table.num_rows
            text = json.dumps(table.to_pylist(), default=str)
        else:
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        found += [f"{path.name}: {hit}" for hit in wanted.findall(text)]
    assert rows > 1000
    assert found == []


def test_no_table_of_these_loads_holds_a_secret_or_a_person(loads: Loads) -> None:
    with duckdb.connect(str(loads.home / "warehouse.duckdb")) as con:
        texts, found = hits_in_tables(con, loads.wanted())
        counts = dict(con.execute("select source, count(*) from ops.loads group by all").fetchall())
    assert {"ops.quarantine", "ops.restatements", "ops.requests", "ops.loads", "raw_hubspot.companies"} <= texts
    assert set(counts) == set(SOURCES)
    assert found == []

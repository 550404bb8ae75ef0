"""One sandbox over the tiny world for all source tests, and the trial of one source against it."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingestion import catalog, pipeline
from ingestion.context import Verdict
from ingestion.sandbox import faults
from ingestion.sandbox.control import HUBSPOT_TOKEN, META_TOKEN, Control
from ingestion.sandbox.model import World
from ingestion.sandbox.server import create_app
from ingestion.spec import Window
from tests.ingestion.sandbox.tiny import NOW, tiny_world
from tests.ingestion.visits import with_visits
from warehouse.settings import Settings, SourceSettings

Rows = dict[str, list[Any]]
_EMAIL = "reader@larkspur.example"
_DEFAULTS: dict[str, dict[str, Any]] = {
    "google_ads": {"api_version": "v26", "login_customer_id": "100-000-0001"},
    "meta_ads": {"api_version": "v26.0", "account_ids": "act_3000000001"},
    "fx_rates": {"api_version": "service", "currencies": "USD,CHF"},
    "ga4": {"api_version": "v1beta", "property_id": "345678901"},
    "ga4_export": {"api_version": "v2", "project_id": "larkspur-analytics", "property_id": "345678901"},
    "hubspot": {"api_version": "2026-09"},
    "search_console": {"api_version": "v3", "site_url": "sc-domain:larkspur-office.example", "brand_pattern": "lark"},
}


@dataclass
class Vendors:
    """A running sandbox, and a service-account key that its token endpoint takes."""

    url: str
    control: Control
    key: dict[str, str]


@pytest.fixture(scope="session")
def vendors() -> Iterator[Vendors]:
    with serving(with_visits(tiny_world())) as running:
        yield running


@contextmanager
def serving(world: World) -> Iterator[Vendors]:
    """A sandbox over `world`."""
    control = Control(now=NOW)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(world, control)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    control.register_key(_EMAIL, public.decode())
    key = {
        "type": "service_account",
        "client_email": _EMAIL,
        "private_key": pem.decode(),
        "token_uri": f"{url}/oauth2/token",
    }
    yield Vendors(url, control, key)
    server.should_exit = True
    thread.join(timeout=10)


@dataclass
class Trial:
    """Loads of sources against the sandbox into a warehouse of its own; `slept` holds the waits in seconds."""

    vendors: Vendors
    home: Path
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)
    _slept_seconds: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._slept_seconds += seconds

    def clock(self) -> float:
        return time.monotonic() + self._slept_seconds

    @property
    def control(self) -> Control:
        return self.vendors.control

    def settings(self) -> Settings:
        sources = {
            name: SourceSettings(
                **{"enabled": True, "base_url": self._base_url(name), **values, **self.overrides.get(name, {})}
            )
            for name, values in _DEFAULTS.items()
        }
        return Settings(home=self.home, sources=sources)

    def _base_url(self, source: str) -> str:
        return f"{self.vendors.url}/bigquery" if source == "ga4_export" else self.vendors.url

    def load(self, source: str, start: str, end: str, *, as_of: datetime | None = None) -> pipeline.LoadReport:
        window = Window(date.fromisoformat(start), date.fromisoformat(end))
        moment = as_of or self.control.now
        return pipeline.load(
            source,
            window,
            settings=self.settings(),
            as_of=moment,
            run_id="test",
            sleep=self.sleep,
            clock=self.clock,
        )

    def probe(self, source: str) -> list[Verdict]:
        return pipeline.probe(source, settings=self.settings(), as_of=self.control.now)

    def rows(self, sql: str) -> list[Any]:
        return self.answers({"": sql})[""]

    def answers(self, queries: Mapping[str, str]) -> Rows:
        """The rows of each query; through one connection, since to open a file costs more than to read a table."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            return {name: con.execute(sql).fetchall() for name, sql in queries.items()}

    def inject(self, name: str, path_regex: str, times: int = 1, skip: int = 0) -> None:
        """Let the vendor answer with the named fault."""
        fault = faults.named(name)
        self.control.inject(path_regex, times, fault.status, fault.body, fault.headers, skip=skip)

    def execute(self, sql: str) -> None:
        """Change the warehouse behind the pipeline's back."""
        with duckdb.connect(str(self.home / "warehouse.duckdb")) as con:
            con.execute(sql)

    def asked(self, part: str) -> list[Any]:
        """The requests whose path contains `part`."""
        return [request for request in self.control.log if part in request.path]


@pytest.fixture
def trial(vendors: Vendors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    vendors.control.reset()
    for name in ("GA4", "GA4_EXPORT", "GOOGLE_ADS", "SEARCH_CONSOLE"):
        monkeypatch.setenv(f"SOURCES__{name}__CREDENTIALS", json.dumps(vendors.key))
    monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", META_TOKEN)
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", HUBSPOT_TOKEN)
    monkeypatch.setenv("PRIVACY__HASH_KEY", "a key for tests")
    return Trial(vendors, tmp_path)


def content(trial: Trial, source: str) -> Rows:
    """All rows of a source's raw tables without what tells one load from another."""
    without = "* exclude (_dlt_load_id, _loaded_at)"
    return trial.answers(
        {
            table.name: f"select {without} from raw_{source}.{table.name} order by all"
            for table in catalog.get(source).spec.tables
        }
    )


@dataclass(frozen=True)
class Known:
    """A home after a load of two days ago, and the rows before and after an undisturbed one of today."""

    home: Path
    before: Rows
    after: Rows


KnownLoads = Callable[[Trial, str, str], Known]


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> KnownLoads:
    """Makes what is known of a source whose history begins on a day; once each. The trial's clock is reset."""
    made: dict[tuple[str, str], Known] = {}

    def make(trial: Trial, source: str, start: str) -> Known:
        if (source, start) not in made:
            home = tmp_path_factory.mktemp("known")
            once = Trial(trial.vendors, home / "home")
            once.control.advance(timedelta(days=-2))
            once.load(source, start, "2026-11-20")
            before = content(once, source)
            shutil.copytree(once.home, home / "before")
            once.control.reset()
            once.load(source, start, "2026-11-22")
            made[source, start] = Known(home / "before", before, content(once, source))
        trial.control.reset()
        return made[source, start]

    return make

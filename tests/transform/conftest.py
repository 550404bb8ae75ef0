"""One build of the hand-made world for all tests of the models, and copies of it to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.hand_world import AS_OF, fill
from transform.build import BuildReport, build
from warehouse.connection import writer
from warehouse.settings import Settings


@dataclass(frozen=True)
class Built:
    """A warehouse that dbt has built."""

    settings: Settings
    report: BuildReport

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    settings = Settings(home=tmp_path_factory.mktemp("hand_world"))
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    return Built(settings, build(settings, run_id="hand", as_of=AS_OF, unit_tests=True))


@pytest.fixture(scope="module")
def spare(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the built world that tests may break."""
    home = tmp_path_factory.mktemp("spare") / "home"
    shutil.copytree(built.settings.home, home)
    return built.settings.model_copy(update={"home": home})


@pytest.fixture
def changed(spare: Settings) -> Iterator[Callable[[str], Settings]]:
    """The spare world after one statement on its deals, which are mended afterwards."""

    def change(statement: str) -> Settings:
        with writer(spare) as connection:
            connection.execute("create table deals as from raw_hubspot.deals")
            connection.execute(statement)
        return spare

    yield change
    with writer(spare) as connection:
        connection.execute("delete from raw_hubspot.deals")
        connection.execute("insert into raw_hubspot.deals from deals")
        connection.execute("drop table deals")

"""The main job, run once on the sandbox for all tests that hold its result to something; and who runs beside whom."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, sync_playwright

from ingestion.sandbox.profile import sandbox_environment, write_inbox
from ingestion.sandbox.running import RunningSandbox, running_sandbox
from ingestion.sandbox.world import build_world
from refresh.home import SANDBOX_VARIABLE, claim_for_sandbox
from refresh.plan import make_plan
from refresh.run import RefreshReport, run
from warehouse.connection import reader
from warehouse.settings import Settings, as_of_now, load_settings

CHROMIUM = Path("/usr/bin/chromium")

# Worlds that take from ten seconds to minutes to build; whoever needs two of them belongs to the first.
_WORLDS = ("main_job", "built", "stub")
# What takes a minute or more begins first, or one process would be at it long after the others have ended.
_LONGEST = (*_WORLDS, "test_whole.py", "test_soak.py", "test_main_job.py", "test_attribution_models.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a world, and those of a file, in one process when several run side by side."""
    rank = {name: place for place, name in enumerate(_LONGEST)}

    def group(item: pytest.Item) -> str:
        needed = getattr(item, "fixturenames", ())
        return next((world for world in _WORLDS if world in needed), str(item.path))

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: rank.get(group(item), rank.get(item.path.name, len(rank))))


@dataclass(frozen=True)
class MainJob:
    """A home that holds a whole refresh of the sandbox, and what points a command at both."""

    home: Path
    environment: dict[str, str]
    settings: Settings
    report: RefreshReport
    sandbox: RunningSandbox

    def published(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on the publication."""
        with reader(self.settings.publication) as connection:
            connection.execute("set search_path = 'published'")
            return connection.execute(query).fetchall()

    def warehouse(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent: install the package chromium to try pages in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainJob]:
    """The first refresh of a fresh home: nothing but read it."""
    home = tmp_path_factory.mktemp("main_job") / "home"
    with running_sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        claim_for_sandbox(home)
        environment = {**sandbox_environment(sandbox.url, home), SANDBOX_VARIABLE: "1"}
        write_inbox(build_world(), Path(environment["SOURCES__FILE_DROP__FOLDER"]))
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = load_settings()
        report = run(make_plan(settings, as_of=as_of_now()))
        patch.undo()
        yield MainJob(home, environment, settings, report, sandbox)


@pytest.fixture
def spare_job(main_job: MainJob, tmp_path: Path) -> Iterator[MainJob]:
    """A copy of the refreshed home to do anything with; commands run in it, and the environment may be changed."""
    home = tmp_path / "home"
    shutil.copytree(main_job.home, home, symlinks=True)
    environment = {name: value.replace(str(main_job.home), str(home)) for name, value in main_job.environment.items()}
    before = dict(os.environ)
    os.environ.update(environment)
    main_job.sandbox.reset()
    try:
        yield MainJob(home, environment, load_settings(), main_job.report, main_job.sandbox)
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(home)

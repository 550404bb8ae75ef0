"""Virtual days of the whole path under Dagster's own daemon code: schedules, faults, deaths and days off.

After each run readers must have one whole version, and each KPI that it calls new is what the simulated business
came to at that moment.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import isclose
from pathlib import Path
from random import Random
from unittest import mock
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb

from ingestion.catalog import discover
from ingestion.sandbox.profile import INBOX, write_inbox
from orchestration.defs.raw import daily_tables
from tests.refresh.planted import Planted
from tests.refresh.test_planted_kpis import sides_of
from tests.soak.business import LAST_DAY, SOURCES, Business, fault_names
from tests.soak.daemon import Daemon, daemon, failures
from tests.soak.forked import STAGES, Commands, Doom
from tests.soak.refresh_kills import whole_environment
from tests.soak.whole import unreadable
from transform.kpi.meta import GRAINS
from warehouse.layout import WAREHOUSE_FILE

BERLIN = ZoneInfo("Europe/Berlin")
# Chances: of vendors that fail on a day, of a death in a run, of a full disk, of a day on which the machine is off.
FAULTED, KILLED, FULL, OFF = 0.4, 0.25, 0.06, 0.06
# Turns of the daemon on a day: a while after each cadence's start, and then until nothing is under way.
STARTS = (time(6, 5), time(6, 25), time(6, 45))
PAUSE = timedelta(minutes=10)
MOST_TURNS = 30


@dataclass
class Lived:
    """What happened, and what was wrong."""

    days: int = 0
    off: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    """Runs of each schedule's job and how they ended."""
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    full: int = 0
    """Runs on a full disk."""
    publications: set[str] = field(default_factory=set)
    values: int = 0
    """Values of KPIs that a publication called new, each held to the truth of that moment."""
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        runs = ", ".join(f"{count} {name}" for name, count in sorted(self.runs.items()))
        problems = "".join(f"\n{problem}" for problem in self.problems)
        return (
            f"{self.days} days ({self.off} off): {runs}; {self.faults.total()} failures of vendors of "
            f"{len(self.faults)} kinds, {self.kills.total()} kills, {self.full} full disks; "
            f"{len(self.publications)} publications proved, {self.values:,} values of KPIs held to the truth: "
            f"{len(self.problems)} problems{problems}"
        )


@dataclass
class Living:
    """One seeded run of days in one home."""

    business: Business
    commands: Commands
    seed: int
    days: int
    say: Callable[[str], None]
    dooms: Sequence[Doom | None] = ()
    """What becomes of the first runs, whatever the chances say."""
    last_day: date = LAST_DAY
    done: Lived = field(default_factory=Lived)
    _environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> Lived:
        """Live through the days, the first and last of which are calm."""
        home = self.business.folder / "home"
        first = self._at(0, time(5))
        self._environment = whole_environment(self.business, home.name, first)
        with mock.patch.dict(os.environ, self._environment), daemon(home) as scheduled:
            for number in range(self.days):
                self._day(scheduled, number, Random(f"{self.seed}/living/{number}"))
            self._hold_the_records(scheduled)
        return self.done

    def _at(self, number: int, clock: time) -> datetime:
        return datetime.combine(self.last_day - timedelta(days=self.days - 1 - number), clock, BERLIN)

    def _day(self, scheduled: Daemon, number: int, rng: Random) -> None:
        is_calm = number in (0, self.days - 1)
        self.done.days += 1
        if number == 0:
            # the schedules begin to count here
            scheduled.turn(self._at(0, time(5)))
        if not is_calm and rng.random() < OFF:
            self.done.off += 1
            return
        self._disturb(rng, is_calm=is_calm)
        moments = [self._at(number, start) for start in STARTS]
        while moments:
            now = moments.pop(0)
            for run_id in scheduled.turn(now):
                self._run(scheduled, run_id, now, rng, is_calm=is_calm)
            if not moments and scheduled.is_busy:
                if now > self._at(number, STARTS[-1]) + MOST_TURNS * PAUSE:
                    self._problem(f"{now:%Y-%m-%d}: a run never ends: {scheduled.instance.get_runs()[0].status}")
                    return
                moments = [now + PAUSE]
        self.say(f"{self._at(number, STARTS[0]):%Y-%m-%d}: {self.done}".splitlines()[0])

    def _disturb(self, rng: Random, *, is_calm: bool) -> None:
        self.business.control.faults.clear()
        if is_calm or rng.random() > FAULTED:
            return
        for _ in range(rng.choice((1, 1, 2, 3))):
            name = rng.choice(fault_names(rng.choice([source for source in SOURCES if fault_names(source)])))
            self.business.inject(name, times=rng.choice((1, 2, 3, 6, 99)), skip=rng.randrange(8))
            self.done.faults[name] += 1

    def _run(self, scheduled: Daemon, run_id: str, now: datetime, rng: Random, *, is_calm: bool) -> None:
        self.business.set_clock(now)
        home = self.business.folder / "home"
        self.business.write_inbox(home.name, now)
        number = self.done.runs.total()
        doom = self.dooms[number] if number < len(self.dooms) else None if is_calm else self._doom(home, rng)
        environment = self._environment | {"KPI_AS_OF": now.isoformat()}
        ended = self.commands.call(
            "tests.soak.daemon:execute", environment, [str(home), run_id, now.isoformat()], doom=doom
        )
        run = scheduled.instance.get_run_by_id(run_id)
        assert run
        if ended.was_killed and doom:
            self.done.kills[doom.stage] += 1
            self.done.runs[f"{run.job_name} killed"] += 1
        else:
            self.done.runs[f"{run.job_name} {run.status.value.lower()}"] += 1
            if not run.is_finished:
                self._problem(f"{now:%Y-%m-%d %H:%M}: the run ended as {run.status}: {ended.said[-400:]}")
        if run.status is dg.DagsterRunStatus.FAILURE:
            lines = failures(scheduled.instance, run_id)
            self.say(f"{now:%Y-%m-%d %H:%M}: failed: {lines[0]}")
            if is_calm or any("\n" in line or line.startswith("unforeseen") for line in lines):
                self._problem(f"{now:%Y-%m-%d %H:%M}: {lines[0]}")
        self._check_readers(home, now, is_calm=is_calm)

    def _doom(self, home: Path, rng: Random) -> Doom | None:
        chance = rng.random()
        if chance < KILLED:
            return Doom(stage=rng.choice(STAGES), delay=rng.choice((0.0, rng.random(), rng.random() * 8)))
        if chance < KILLED + FULL:
            self.done.full += 1
            return Doom(file_bytes=(home / WAREHOUSE_FILE).stat().st_size + rng.choice((0, 100_000, 3_000_000)))
        return None

    def _check_readers(self, home: Path, now: datetime, *, is_calm: bool) -> None:
        if found := unreadable(home):
            self._problem(f"{now:%Y-%m-%d %H:%M}: {found}")
        link = home / "serving" / "kpi.duckdb"
        if link.is_symlink():
            verified = self.commands.kpi({"KPI_HOME": str(home)}, "publish", "--verify")
            if verified.code:
                self._problem(f"{now:%Y-%m-%d %H:%M}: {verified.said}")
            if (version := link.readlink().name) not in self.done.publications:
                self.done.publications.add(version)
                if not self._hold_to_the_truth(home, now) and is_calm:
                    self._problem(f"{now:%Y-%m-%d %H:%M}: {version} has no new value")

    def _hold_the_records(self, scheduled: Daemon) -> None:
        """Dagster thinks of no run that it is under way, and knows every day of every table as read, up to the last."""
        if scheduled.is_busy:
            self._problem("Dagster: a run is still under way")
        yesterday = self.last_day - timedelta(days=1)
        for key in daily_tables({name: source.spec for name, source in discover().items()}, set(SOURCES)):
            read = {date.fromisoformat(day) for day in scheduled.instance.get_materialized_partitions(key)}
            oldest = min(read, default=yesterday)
            missing = {oldest + timedelta(days=n) for n in range((yesterday - oldest).days + 1)} - read
            if missing:
                self._problem(
                    f"Dagster: {key.to_user_string()}: {sorted(map(str, missing))[:5]} are not marked as read"
                )

    def _hold_to_the_truth(self, home: Path, now: datetime) -> int:
        """Both sides of every value that the run of that moment calls new are what was planted. Returns how many."""
        with duckdb.connect(str((home / "serving" / "kpi.duckdb").resolve()), read_only=True) as con:
            new = {
                kpi
                for (kpi,) in con.execute(
                    "select kpi from published.kpi_status inner join published.publication using (run_id) "
                    "where not is_stale"
                ).fetchall()
            }
            rows = con.execute(
                "select grain, kpi, period_start, numerator, denominator from published.kpi_values "
                "where segment_dimension = '' and value is not null and period_start < ?",
                [now.date()],
            ).fetchall()
        inbox = self.business.folder / "truth" / INBOX
        write_inbox(self.business.world, inbox, now=now)
        planted, held = Planted(self.business.world, inbox, now), 0
        for grain in GRAINS:
            found = {(kpi, start): sides for of, kpi, start, *sides in rows if of == grain}
            for kpi, truth in sides_of(planted, grain).items():
                if kpi not in new:
                    continue
                known = {start: sides for start, sides in truth.items() if start < planted.today}
                published = {start: sides for (name, start), sides in found.items() if name == kpi}
                wrong = [
                    f"{start}: {published.get(start)}, not {known.get(start)}"
                    for start in sorted(known.keys() | published.keys())
                    if not _same(published.get(start), known.get(start))
                ]
                held += len(known)
                if wrong:
                    few = f"{len(wrong)} of {len(known)} wrong, such as {wrong[0]}"
                    self._problem(f"{now:%Y-%m-%d %H:%M}: {kpi} by {grain}: {few}")
        self.done.values += held
        return held

    def _problem(self, line: str) -> None:
        self.done.problems.append(line)
        self.say(f"PROBLEM {line}")


def _same(found: list[float | None] | None, sides: tuple[float, float | None] | None) -> bool:
    if sides is None:
        return False
    if found is None:
        # A business of some days has periods before its first customer, of which nothing is said.
        return not sides[0]
    # money is rounded to a millionth at every row
    return all(
        one is other or (one is not None and other is not None and isclose(one, other, rel_tol=1e-6, abs_tol=1e-3))
        for one, other in zip(found, sides, strict=True)
    )

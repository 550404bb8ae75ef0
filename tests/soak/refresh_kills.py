"""kill -9 at random points of whole refreshes, then the refresh again: as if nothing had been.

A life begins with an empty home, or with yesterday's; each of its refreshes but the last is killed, and after each kill
readers must have one whole version. Then everything must be as in a home whose refreshes nobody disturbed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

from tests.soak.business import LAST_DAY, SOURCES, Business
from tests.soak.forked import STAGES, Commands, Doom, Ended
from tests.soak.whole import differences, published_runs, unreadable
from warehouse.versions import current_version, run_id_of

MOMENTS = tuple(datetime.combine(LAST_DAY - timedelta(days=back), time(8), UTC) for back in (1, 0))
HISTORY_DAYS = 25
KILLS_A_LIFE = 5


@dataclass
class Killed:
    """What was done, and what was found."""

    kills: int = 0
    lives: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    """The step that was under way at each kill."""
    flipped: int = 0
    """Kills after which readers had the version of the run that was killed."""
    rows: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        at = ", ".join(f"{self.stages[stage]} in {stage}" for stage in ("start", *STAGES) if self.stages[stage])
        problems = "".join(f"\n{problem}" for problem in self.problems)
        return (
            f"{self.kills} kills ({at}; {self.flipped} after the flip), {self.lives} homes compared, "
            f"{self.rows:,} rows: {len(self.problems)} differences{problems}"
        )


@dataclass
class RefreshKills:
    """One seeded run of kills."""

    business: Business
    commands: Commands
    seed: int
    say: Callable[[str], None]
    done: Killed = field(default_factory=Killed)
    _usual: dict[int, Ended] = field(default_factory=dict)

    def run(self, kills: int) -> Killed:
        """Kill so many times at random points."""
        rng = Random(f"{self.seed}/refresh kills")
        while self.done.kills < kills:
            number = self.done.lives % len(MOMENTS)
            if number not in self._usual:
                self._undisturbed(number)
            self._life(number, min(KILLS_A_LIFE, kills - self.done.kills), self._dooms(number, rng))
        return self.done

    def _undisturbed(self, number: int) -> None:
        home = self._begin(f"undisturbed-{number}", number)
        ended = self.commands.kpi(self._environment(home.name, number), "refresh")
        if ended.code:
            raise RuntimeError(f"the undisturbed refresh ended with {ended.code}: {ended.said}")
        self._usual[number] = ended
        self.say(f"undisturbed refresh {number + 1} took {ended.seconds:.0f} s: {ended.stages}, {ended.events} events")

    def _life(self, number: int, kills: int, dooms: Iterator[Doom]) -> None:
        home = self._begin(f"life-{self.done.lives}", number)
        environment = self._environment(home.name, number)
        published = {run} if (run := self._current(home)) else set()
        for _ in range(kills):
            doom = next(dooms)
            ended = self.commands.kpi(environment, "refresh", doom=doom)
            self._count(ended, doom, home, published)
            self.say(f"{self.done.kills} kills: {doom}: {len(self.done.problems)} problems")
        again = self.commands.kpi(environment, "refresh")
        if again.code:
            self._problem(home, f"the refresh after {kills} kills ended with {again.code}: {again.said[-600:]}")
            return
        published.add(self._current(home))
        self._check_readers(home)
        lines, rows = differences(home, self.business.folder / f"undisturbed-{number}")
        if published_runs(home) != published:
            lines.append(f"history remembers {published_runs(home)}, readers got {published}")
        for line in lines:
            self._problem(home, line)
        self.done.rows += rows
        self.done.lives += 1
        if not lines:
            shutil.rmtree(home)

    def _count(self, ended: Ended, doom: Doom, home: Path, published: set[str]) -> None:
        if ended.code not in (0, -9):
            self._problem(home, f"killed {doom}, it ended with {ended.code}: {ended.said[-600:]}")
        if ended.was_killed:
            self.done.kills += 1
            reached = [stage for stage in STAGES if stage in ended.stages]
            self.done.stages[reached[-1] if reached else "start"] += 1
        current = self._current(home)
        if current and current not in published:
            self.done.flipped += ended.was_killed
            published.add(current)
        self._check_readers(home)

    def _check_readers(self, home: Path) -> None:
        if found := unreadable(home):
            self._problem(home, found)
        if self._current(home):
            verified = self.commands.kpi({"KPI_HOME": str(home)}, "publish", "--verify")
            if verified.code:
                self._problem(home, verified.said)

    def _begin(self, name: str, number: int) -> Path:
        """A home as it is before the refresh of that number, with the sandbox's clock set to it."""
        home = self.business.folder / name
        if number:
            shutil.copytree(self.business.folder / f"undisturbed-{number - 1}", home, symlinks=True)
        self.business.set_clock(MOMENTS[number])
        self.business.write_inbox(name, MOMENTS[number])
        return home

    def _environment(self, name: str, number: int) -> dict[str, str]:
        return whole_environment(self.business, name, MOMENTS[number])

    def _dooms(self, number: int, rng: Random) -> Iterator[Doom]:
        """Points anywhere in the time of a refresh; others in any of its steps, and in what a publication writes."""
        usual = self._usual[number]
        begins = [*(usual.stages[stage] for stage in STAGES), usual.seconds]
        lengths = {stage: begins[place + 1] - begins[place] for place, stage in enumerate(STAGES)}
        while True:
            kind = rng.random()
            if kind < 0.5:
                yield Doom(delay=rng.random() * usual.seconds)
            elif kind < 0.75:
                stage = rng.choice(STAGES)
                yield Doom(delay=rng.random() * lengths[stage], stage=stage)
            else:
                yield Doom(stage="publish", event=rng.randint(1, max(1, usual.events)))

    def _current(self, home: Path) -> str:
        name = current_version(home / "serving" / "kpi.duckdb")
        return run_id_of(name) if name else ""

    def _problem(self, home: Path, line: str) -> None:
        self.done.problems.append(f"{home.name}: {line}")
        self.say(self.done.problems[-1])


def whole_environment(business: Business, home: str, now: datetime) -> dict[str, str]:
    """The variables of a refresh of all sources, a short history of each."""
    found = {"KPI_AS_OF": now.isoformat(), "KPI_SANDBOX": "1"}
    for source in SOURCES:
        found |= business.environment(home, source) | {f"SOURCES__{source.upper()}__HISTORY_DAYS": str(HISTORY_DAYS)}
    return found | {"KPI_AS_OF": now.isoformat(), "KPI_SANDBOX": "1"}

"""kill -9 at random moments of a load, then the load again: as if nothing had been.

Two homes live through the same loads. In one of them each load's process is killed first, once or twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random

from tests.soak import comparing
from tests.soak.business import LAST_DAY, Business
from tests.soak.loading import READING, STARTING, SWAPPING, Doom, load
from tests.soak.tally import Tally
from warehouse.layout import WAREHOUSE_FILE

SWAP_SECONDS = 0.15
"""About how long the swap takes: kills are drawn from all of it, as from all of the load."""


@dataclass
class Kills:
    """One seeded run of kills for some sources."""

    business: Business
    seed: int
    kills: int
    say: Callable[[str], None]
    _tallies: dict[str, Tally] = field(default_factory=dict)

    def run(self, sources: Sequence[str]) -> list[Tally]:
        """Kill until there were as many kills as were asked for; each source starts with its load of everything."""
        self._tallies = {source: Tally(source) for source in sources}
        rng = Random(f"{self.seed}/kills/{','.join(sources)}")
        turn = 0
        while (done := sum(tally.outcomes["killed"] for tally in self._tallies.values())) < self.kills:
            source = sources[turn % len(sources)]
            self._round(source, turn // len(sources), rng)
            turn += 1
            self.say(f"{done} of {self.kills} kills: {source}")
        return list(self._tallies.values())

    def _round(self, source: str, day: int, rng: Random) -> None:
        tally = self._tallies[source]
        tally.days += 1
        now = datetime.combine(LAST_DAY - timedelta(days=20 - day), time(8), UTC)
        self.business.set_clock(now)
        for home in ("home", "undisturbed"):
            if source == "file_drop":
                self.business.write_inbox(home, now)
        undisturbed = load(self.business.environment("undisturbed", source), source, now)
        if undisturbed.kind != "done":
            raise RuntimeError(f"{source} {now}: the undisturbed load ended: {undisturbed}")
        for _ in range(rng.choice((1, 1, 2))):
            doom = (
                Doom(SWAPPING, rng.random() * SWAP_SECONDS)
                if rng.random() < 0.4
                else Doom(rng.choice((STARTING, READING)), rng.random() * undisturbed.seconds)
            )
            tally.count(load(self.business.environment("home", source), source, now, doom=doom))
        again = load(self.business.environment("home", source), source, now)
        tally.count(again)
        if again.kind != "done":
            tally.problems.append(f"{source} {now}: {again}")
            return
        self._compare(tally, now)

    def _compare(self, tally: Tally, now: datetime) -> None:
        folder, source = self.business.folder, tally.source
        with comparing.both(folder / "home" / WAREHOUSE_FILE, folder / "undisturbed" / WAREHOUSE_FILE) as con:
            lines, rows = comparing.raw_differences(con, source)
            lines += comparing.ops_differences(con, source) + comparing.doubles(con, source)
            lines += comparing.broken_memory(con, source)
        tally.rows += rows
        tally.problems += [f"{now:%Y-%m-%d}: {line}" for line in lines]

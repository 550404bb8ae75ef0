"""Virtual days, one after another, in which vendors fail, processes die and machines are off.

At the end, and on some days before, the raw layer must be what one undisturbed load of everything brings that day.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from ingestion.sandbox.control import Fault
from tests.soak import comparing
from tests.soak.business import HISTORY_DAYS, Business, fault_names, moments
from tests.soak.loading import READING, STARTING, SWAPPING, Doom, Outcome, load
from tests.soak.tally import Tally
from warehouse.layout import WAREHOUSE_FILE

# Chances: of faults and of a death in an attempt, of a day off, of trying no more today, of a vendor's recovery.
FAULTED, KILLED, OFF, GIVES_UP, MENDED = 0.55, 0.2, 0.06, 0.3, 0.5
ATTEMPTS = 4
HELD_ON, HELD_EVERY = 6, 20
# What a load says when it went on without something: on a day of comparison it is run once more.
_WENT_WITHOUT = (
    "was skipped",
    "was left as",
    "is empty",
    "disappeared",
    "only HubSpot's own",
    "in quarantine",
    "earlier rows are kept",
)
_OF_FILES = ("file_drop.cut", "file_drop.gone")


@dataclass
class Days:
    """One seeded run of days for some sources, in one home."""

    business: Business
    seed: int
    days: int
    say: Callable[[str], None]
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _usual: dict[str, Outcome] = field(default_factory=dict)

    def run(self, sources: Sequence[str]) -> list[Tally]:
        """Live through the days, and compare."""
        self._tallies = {source: Tally(source) for source in sources}
        for number, moment in enumerate(moments(self.days, Random(f"{self.seed}/moments"))):
            for source in sources:
                rng = Random(f"{self.seed}/{source}/{number}")
                is_held = number + 1 in (HELD_ON, self.days) or (number + 1) % HELD_EVERY == 0
                now = self._live(source, moment, rng, is_held=is_held)
                if is_held:
                    self._compare(source, now, f"undisturbed-{number + 1}")
            early = sum(tally.outcomes.total() - tally.outcomes["done"] for tally in self._tallies.values())
            self.say(f"day {number + 1} of {self.days}: {', '.join(sources)}: {early} loads ended early so far")
        return list(self._tallies.values())

    def _live(self, source: str, now: datetime, rng: Random, *, is_held: bool) -> datetime:
        """One day of a source as an operator sees it through; the moment of the last load."""
        tally = self._tallies[source]
        tally.days += 1
        if rng.random() < OFF and not is_held:
            return now
        for attempt in range(ATTEMPTS):
            is_calm = attempt == ATTEMPTS - 1
            outcome = self._attempt(source, now, rng, is_calm=is_calm)
            if outcome.kind == "done" and (is_calm or not is_held or not _went_without(outcome)):
                break
            if is_calm:
                tally.problems.append(f"{source} {now}: does not load without a fault: {outcome.text}")
            elif is_held:
                # A stopped load goes on after what it has read that day, so the clock stands still on this one.
                continue
            elif rng.random() < GIVES_UP:
                break
            else:
                now += timedelta(minutes=rng.randrange(5, 200))
        self.business.control.faults.clear()
        return now

    def _attempt(self, source: str, now: datetime, rng: Random, *, is_calm: bool) -> Outcome:
        tally, control = self._tallies[source], self.business.control
        self.business.set_clock(now)
        if is_calm or rng.random() < MENDED:
            control.faults.clear()
        if source == "file_drop":
            self._fill_inbox(now, rng, is_calm=is_calm)
        injected = [] if is_calm or rng.random() > FAULTED else self._inject(source, rng)
        doom = None if is_calm or rng.random() > KILLED else self._doom(source, rng)
        outcome = load(self.business.environment("home", source), source, now, weekly=_is_weekly(now), doom=doom)
        for name, fault, times in injected:
            if struck := times - fault.times:
                tally.faults[name] += struck
        tally.count(outcome)
        if outcome.kind == "done":
            self._usual[source] = outcome
        return outcome

    def _inject(self, source: str, rng: Random) -> list[tuple[str, Fault, int]]:
        names, found = fault_names(source), []
        usual = self._usual.get(source)
        for _ in range(rng.choice((1, 1, 2)) if names else 0):
            name, times = rng.choice(names), rng.choice((1, 1, 2, 3, 6, 99))
            skip = 0 if name.startswith("oauth.") else rng.randrange(usual.requests if usual and usual.requests else 8)
            found.append((name, self.business.inject(name, times=times, skip=skip), times))
        return found

    def _fill_inbox(self, now: datetime, rng: Random, *, is_calm: bool) -> None:
        """The folder of that day: now and then one of its files is half written, or it is not mounted."""
        folder = self.business.write_inbox("home", now)
        if is_calm or rng.random() > FAULTED:
            return
        name = rng.choice(_OF_FILES)
        self._tallies["file_drop"].faults[name] += 1
        if name == "file_drop.gone":
            shutil.rmtree(folder)
        else:
            file = rng.choice(sorted(folder.glob("*.csv")))
            content = file.read_bytes()
            file.write_bytes(content[: rng.randrange(len(content))])

    def _doom(self, source: str, rng: Random) -> Doom:
        usual = self._usual.get(source)
        signal_number = rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        if rng.random() < 0.3:
            return Doom(SWAPPING, rng.random() * 0.1, signal_number)
        return Doom(rng.choice((STARTING, READING)), rng.random() * (usual.seconds if usual else 1.0), signal_number)

    def _compare(self, source: str, now: datetime, fresh: str) -> None:
        """Hold the home against a fresh one that is loaded once, as of the same moment."""
        tally, home = self._tallies[source], self.business.folder
        environment = self.business.environment(fresh, source)
        if source == "file_drop":
            self.business.write_inbox(fresh, now)
        outcome = load(environment, source, now)
        if outcome.kind != "done":
            tally.problems.append(f"{source}: the undisturbed load ended: {outcome}")
            return
        with comparing.both(home / "home" / WAREHOUSE_FILE, home / fresh / WAREHOUSE_FILE) as con:
            con.execute("begin")
            remembered = comparing.broken_memory(con, source)
            if source == "hubspot":
                self._forget_the_erased(con, now)
            first = now.date() - timedelta(days=HISTORY_DAYS - 1)
            lines, tally.rows = comparing.raw_differences(con, source)
            lines += comparing.ops_differences(con, source, since=first.isoformat())
            lines += comparing.doubles(con, source) + remembered
            con.execute("rollback")
        for line in lines:
            self.say(f"{now:%Y-%m-%d %H:%M} {line}")
            tally.problems.append(f"{now:%Y-%m-%d %H:%M} {line}")

    def _forget_the_erased(self, con: comparing.Connection, now: datetime) -> None:
        """HubSpot tells nobody of a contact whose data were deleted: the weekly read of everything finds that out.

        So contacts that were erased since that read may still be there, and nothing else may.
        """
        read_at = con.execute("select read_at from raw_hubspot.object_reads where object_type = 'contacts'").fetchall()
        for contact_id in self.business.erased_between(read_at[0][0], now):
            for table in ("contacts", "contact_stages", "contact_companies", "deal_contacts"):
                con.execute(f"delete from raw_hubspot.{table} where contact_id = ?", [contact_id])
        # When everything was read last is what these homes differ in.
        con.execute("update raw_hubspot.object_reads set read_at = ?", [now])


def _went_without(outcome: Outcome) -> bool:
    return any(words in warning for warning in outcome.warnings for words in _WENT_WITHOUT)


def _is_weekly(now: datetime) -> bool:
    return now.weekday() == 0

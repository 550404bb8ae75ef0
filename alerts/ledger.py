"""What was told to whom: `alerts.sqlite` of the home, which is there also while a refresh holds the warehouse."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alerts.alert import Alert
from warehouse.alerting import Kind
from warehouse.settings import Settings

# What comes back within a day never went: a source that fails every other hour is one outage.
_SAME_AGAIN = timedelta(days=1)
_TABLES = """
create table if not exists alerts (
    key text primary key, kind text not null, alert text not null, opened_at text not null, closed_at text
);
create table if not exists told (key text, service text, told_at text not null, primary key (key, service));
create table if not exists digests (service text, day text, primary key (service, day));
"""


class Ledger:
    """The open ledger. Every method is one transaction, so that a crash loses nothing that was written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def observe(self, found: Iterable[Alert], judged: Collection[Kind], now: datetime) -> None:
        """Take down what is wrong at `now`; what is not in `found` any more, of the kinds that were judged, is over."""
        alerts = {alert.key: alert for alert in found}
        with self._connection as write:
            for key, kind, closed_at in write.execute("select key, kind, closed_at from alerts").fetchall():
                if key not in alerts and kind in judged and closed_at is None:
                    write.execute("update alerts set closed_at = ? where key = ?", [_text(now), key])
                if key in alerts and closed_at is not None and now - _moment(closed_at) > _SAME_AGAIN:
                    write.execute("delete from told where key = ?", [key])
                    write.execute("update alerts set opened_at = ? where key = ?", [_text(now), key])
            for alert in alerts.values():
                write.execute(
                    "insert into alerts (key, kind, alert, opened_at) values (?, ?, ?, ?) "
                    "on conflict (key) do update set closed_at = null, alert = excluded.alert",
                    [alert.key, alert.kind, alert.to_json(), _text(now)],
                )

    def still_wrong(self) -> list[Alert]:
        """What was wrong when its kind was last judged."""
        found = self._connection.execute("select alert from alerts where closed_at is null order by rowid").fetchall()
        return [Alert.from_json(text) for (text,) in found]

    def told(self, service: str) -> dict[str, datetime]:
        """When `service` was last told of each key."""
        found = self._connection.execute("select key, told_at from told where service = ?", [service]).fetchall()
        return {key: _moment(told_at) for key, told_at in found}

    def over(self, service: str) -> list[Alert]:
        """What `service` was told of, and is no longer so."""
        found = self._connection.execute(
            "select alert from alerts inner join told using (key) "
            "where service = ? and closed_at is not null order by kind, key",
            [service],
        ).fetchall()
        return [Alert.from_json(text) for (text,) in found]

    def mark(self, service: str, told: Iterable[str], over: Iterable[str], now: datetime) -> None:
        """Remember that `service` was told of the keys `told`, and that those of `over` are over."""
        with self._connection as write:
            write.executemany(
                "insert or replace into told values (?, ?, ?)", [(key, service, _text(now)) for key in told]
            )
            write.executemany("delete from told where key = ? and service = ?", [(key, service) for key in over])
            write.execute("delete from alerts where closed_at < ?", [_text(now - timedelta(days=30))])
            write.execute("delete from told where key not in (select key from alerts)")

    def has_digest(self, service: str, day: date) -> bool:
        """Whether `service` had its digest of the business day."""
        found = self._connection.execute(
            "select 1 from digests where service = ? and day = ?", [service, day.isoformat()]
        )
        return found.fetchone() is not None

    def mark_digest(self, service: str, day: date) -> None:
        with self._connection as write:
            write.execute("insert or ignore into digests values (?, ?)", [service, day.isoformat()])


@contextmanager
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of this home, for one process at a time: another one waits until this one has told everything."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "alerts.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = sqlite3.connect(_path(settings))
        try:
            connection.executescript(_TABLES)
            yield Ledger(connection)
        finally:
            connection.close()


@contextmanager
def untouched(settings: Settings) -> Iterator[Ledger]:
    """A copy of the ledger in memory, to find out what would be told: what is written to it is forgotten."""
    connection = sqlite3.connect(":memory:")
    try:
        if (path := _path(settings)).exists():
            with sqlite3.connect(path) as real:
                real.backup(connection)
            real.close()
        connection.executescript(_TABLES)
        yield Ledger(connection)
    finally:
        connection.close()


def _path(settings: Settings) -> Path:
    return settings.home / "alerts.sqlite"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

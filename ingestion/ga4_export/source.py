"""Reads the daily tables that have changed since the last load, whole, without a billed query."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any

import dlt
import pyarrow as pa

from ingestion.context import LoadContext, Verdict
from ingestion.ga4_export.replies import classify
from ingestion.ga4_export.schema import check
from ingestion.ga4_export.spool import Spool
from ingestion.ga4_export.wire import WireDecoder, head
from ingestion.google_auth import ServiceAccountAuth
from ingestion.http import EntitySkipped, TooMuchData
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

SCOPE = "https://www.googleapis.com/auth/bigquery.readonly"
PAGE_ROWS = 20_000
_LIST_PAGE = 1000
_READS = 3
# So much of small days is taken apart at once: a query has its price, but taking apart weighs 25 times the bytes.
_GROUP_BYTES = 6_000_000
# Threads that take pages apart while the next ones are on their way and those before are written.
_CORES = 2
# Of the export's tables only these are complete days; there may be intraday, fresh and user tables beside them.
_SHARD = re.compile(r"events_(\d{8})")
_INTRADAY = "events_intraday_"


@dataclass(frozen=True)
class Shard:
    """One daily table as BigQuery describes it."""

    day: date
    table_id: str
    num_rows: int
    last_modified_time: str
    schema: list[dict[str, Any]]


def resources(context: LoadContext) -> Iterable[Any]:
    """Events and shards of the days that have to be read."""
    export = Export(context)
    changed = export.plan()
    yield dlt.resource(export.events(changed), name="events")
    yield dlt.resource(export.shard_rows(), name="shards")


def verdicts(context: LoadContext) -> list[Verdict]:
    """Whether the list of tables is readable and has daily tables."""
    export = Export(context)
    days = sorted(export.shard_days())
    subject = f"dataset {export.dataset}"
    if not days:
        mend = "switch on the daily export under Admin > BigQuery links; the first table comes a day later"
        return [Verdict(False, subject, export.without_days(), mend)]
    return [Verdict(True, subject, f"{len(days)} daily tables, {days[0]} to {days[-1]}")]


@dataclass
class _Group:
    """Days that are taken apart together."""

    decoder: WireDecoder
    is_whole: bool
    """Whether each day's only page is there."""
    days: list[Shard] = field(default_factory=list)
    first_pages: list[Future[bytes]] = field(default_factory=list)
    read: Future[tuple[pa.Table, list[int]]] | None = None

    def contents(self) -> list[bytes]:
        return [page.result() for page in self.first_pages]

    def takes(self, decoder: WireDecoder, size: int) -> bool:
        return decoder is self.decoder and size + sum(map(len, self.contents())) <= _GROUP_BYTES


class Export:
    """The export's dataset of one property."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self.property_id = context.setting("property_id").removeprefix("properties/")
        self.dataset = str(context.settings.get("dataset", f"analytics_{self.property_id}"))
        version, project = context.setting("api_version"), context.setting("project_id")
        self._tables = f"/{version}/projects/{project}/datasets/{self.dataset}/tables"
        self._http = context.http(classify, auth=ServiceAccountAuth(context, SCOPE))
        self.has_stream = False
        """Whether the list shows that the export streams."""
        self._sender = ThreadPoolExecutor(context.meter.parallel, thread_name_prefix="ga4_export")
        self._cores = ThreadPoolExecutor(_CORES, thread_name_prefix="ga4_export-pages")
        self._finished: list[Shard] = []
        self._last: tuple[list[dict[str, Any]], WireDecoder] | None = None

    def shard_days(self) -> dict[date, str]:
        """The daily tables that exist: day and table."""
        for _ in range(_READS - 1):
            try:
                return self._listed()
            except TooMuchData:  # the list breaks off, or has changed so much that it begins again
                continue
        return self._listed()

    def _listed(self) -> dict[date, str]:
        found: dict[date, str] = {}
        self.has_stream = False
        token: str | None = None
        while True:
            params = {"maxResults": _LIST_PAGE, **({"pageToken": token} if token else {})}
            reply = self._get(self._tables, params, f"dataset {self.dataset}")
            for table in reply.get("tables", ()):
                table_id = table["tableReference"]["tableId"]
                self.has_stream |= table_id.startswith(_INTRADAY)
                if matched := _SHARD.fullmatch(table_id):
                    found[date.fromisoformat(matched[1])] = table_id
            token = reply.get("nextPageToken")
            if not token:
                return found

    def without_days(self) -> str:
        """What there is in place of daily tables."""
        return f"holds no daily table yet{', only streamed ones: choose Daily too' if self.has_stream else ''}"

    def plan(self) -> list[Shard]:
        """The shards of the window to download; days that are settled without a download are covered at once.

        A day between the oldest and the newest table that has none had no events. After the newest, the export is
        not there yet; before the oldest, the table has expired and what was read of it is kept.
        """
        window = self._context.window
        if window is None:
            raise ValueError("this load has no window")
        existing = self.shard_days()
        if not existing:
            self._context.leave_due(f"dataset {self.dataset} {self.without_days()}; nothing was read")
            return []
        known = {
            row["event_date"]: (row["last_modified_time"], row["num_rows"])
            for row in self._context.previous("shards")
            if row["property_id"] == self.property_id
        }
        reread = str(self._context.settings.get("reread_unchanged", "")).lower() == "true"
        changed: list[Shard] = []
        present = [day for day in window.days() if day in existing]
        described = dict(self._context.each(lambda day: self._describe(day, existing[day]), present))
        for day in window.days():
            if day not in existing:
                if min(existing) < day < max(existing):
                    self._cover(day, "events", "shards")
            elif (shard := described[day]) is None:
                self._warn_of_gone(existing[day])
            elif reread or known.get(day) != (shard.last_modified_time, shard.num_rows):
                changed.append(shard)
        return changed

    def events(self, shards: list[Shard]) -> Iterator[pa.Table]:
        """The events of the shards, many small days in one table: the cost is by table, not by row."""
        waiting: deque[_Group] = deque()
        try:
            for group in self._groups(shards):
                if group.is_whole:
                    group.read = self._cores.submit(group.decoder.tables, group.contents(), self.property_id)
                waiting.append(group)
                if len(waiting) > _CORES:
                    yield from self._given(waiting.popleft())
            while waiting:
                yield from self._given(waiting.popleft())
        finally:
            for pool in (self._sender, self._cores):
                pool.shutdown(wait=True, cancel_futures=True)

    def _given(self, group: _Group) -> Iterator[pa.Table]:
        """A group's events; its days are covered once they were taken."""
        if group.read is None:
            yield from self._insisted(group.days[0], group.first_pages[0])
            return
        table, sizes = group.read.result()
        starts = [0, *accumulate(sizes)]
        wrong = {n for n, (shard, size) in enumerate(zip(group.days, sizes, strict=True)) if size != shard.num_rows}
        parts = [table.slice(start, size) for start, size in zip(starts, sizes, strict=False)]
        for n, (shard, part) in enumerate(zip(group.days, parts, strict=True)):
            if n not in wrong:
                self._note(shard, part.num_rows, part["user_pseudo_id"].null_count)
        good = pa.concat_tables(part for n, part in enumerate(parts) if n not in wrong) if wrong else table
        if good.num_rows:
            yield good
        self._finish([shard for n, shard in enumerate(group.days) if n not in wrong])
        for n in sorted(wrong):
            yield from self._insisted(group.days[n], group.first_pages[n])

    def _insisted(self, known: Shard, first: Future[bytes]) -> Iterator[pa.Table]:
        """The events of one day, however many pages it has, and however often it has to be read."""
        try:
            shard, spool = self._read(known, first)
        except EntitySkipped:
            self._warn_of_gone(known.table_id)
            return
        self._note(shard, spool.rows, spool.without_consent)
        yield from spool.pages()
        self._finish([shard])

    def _note(self, shard: Shard, rows: int, without_consent: int) -> None:
        self._context.note_request(
            "events",
            self.property_id,
            Window(shard.day, shard.day),
            rows=rows,
            request_id=shard.table_id,
            metadata={
                "last_modified_time": shard.last_modified_time,
                "num_rows": shard.num_rows,
                "without_consent": without_consent,
            },
        )

    def _warn_of_gone(self, table_id: str) -> None:
        self._context.leave_due(f"{table_id} disappeared while it was read; its earlier rows are kept")

    def _finish(self, shards: list[Shard]) -> None:
        for shard in shards:
            self._cover(shard.day, "events")
        self._finished += shards

    def shard_rows(self) -> Iterator[list[dict[str, Any]]]:
        """One row a shard that was read; its time of change tells the next load whether to read it again."""
        yield [
            {
                "property_id": self.property_id,
                "event_date": shard.day,
                "table_id": shard.table_id,
                "num_rows": shard.num_rows,
                "last_modified_time": shard.last_modified_time,
            }
            for shard in self._finished
        ]
        for shard in self._finished:
            self._cover(shard.day, "shards")

    def _cover(self, day: date, *tables: str) -> None:
        for table in tables:
            self._context.covered(table, self.property_id, Window(day, day))

    def _describe(self, day: date, table_id: str) -> Shard | None:
        try:
            table = self._get(f"{self._tables}/{table_id}", {}, f"table {table_id}")
        except EntitySkipped:
            return None
        fields = table["schema"]["fields"]
        check(table_id, fields)
        return Shard(day, table_id, int(table["numRows"]), str(table["lastModifiedTime"]), fields)

    def _groups(self, shards: list[Shard]) -> Iterator[_Group]:
        """Days that came whole in one page in groups, each other day alone."""
        group: _Group | None = None
        for shard, decoder, first in self._asked(shards):
            is_whole = first.exception() is None and head(first.result()) == (shard.num_rows, None)
            if group and not (is_whole and group.takes(decoder, len(first.result()))):
                yield group
                group = None
            if group is None:
                group = _Group(decoder, is_whole)
            group.days.append(shard)
            group.first_pages.append(first)
            if not is_whole:
                yield group
                group = None
        if group:
            yield group

    def _asked(self, shards: list[Shard]) -> Iterator[tuple[Shard, WireDecoder, Future[bytes]]]:
        """Each shard with its first page, which has come or failed; those of the next ones are on their way."""
        remaining = deque(shards)
        asked: deque[tuple[Shard, WireDecoder, Future[bytes]]] = deque()
        while remaining or asked:
            while remaining and (len(asked) < 2 or sum(shard.num_rows for shard, *_ in asked) < PAGE_ROWS // 2):
                shard = remaining.popleft()
                asked.append((shard, self._decoder(shard.schema), self._sender.submit(self._page, shard, None)))
            wait([asked[0][2]])
            yield asked.popleft()

    def _read(self, shard: Shard, first: Future[bytes]) -> tuple[Shard, Spool]:
        """All rows of a shard, and what it was then; read again where Google rewrote it in between."""
        told = ""
        for attempt in range(1, _READS + 1):
            try:
                spool, total, pages = self._pages(shard, first)
            except TooMuchData as broken:  # a page that breaks off, or whose token is no longer good
                told = str(broken)
            else:
                before = shard
                if pages > 1 or total != shard.num_rows:
                    shard = self._sender.submit(self._described_again, shard).result()
                if spool.rows == total and shard == before:
                    return shard, spool
                told = f"ga4_export: {shard.table_id}: {spool.rows} of {total} rows came; try again later"
            if attempt < _READS:
                first = self._sender.submit(self._page, shard, None)
        raise ConfigurationError(f"{told} (read {_READS} times; nothing of it was kept)")

    def _described_again(self, shard: Shard) -> Shard:
        found = self._describe(shard.day, shard.table_id)
        if found is None:
            raise EntitySkipped(f"ga4_export: {shard.table_id}", "the table is gone")
        return found

    def _decoder(self, schema: list[dict[str, Any]]) -> WireDecoder:
        """A decoder for the schema; Google adds fields now and then, so a run of days shares one."""
        if self._last is None or self._last[0] != schema:
            self._last = (schema, WireDecoder(schema))
        return self._last[1]

    def _pages(self, shard: Shard, page: Future[bytes]) -> tuple[Spool, int, int]:
        spool, pages, decoder = Spool(), 0, self._decoder(shard.schema)
        while True:
            table, total, token = decoder.table(page.result(), self.property_id, spool.rows)
            if token:
                page = self._sender.submit(self._page, shard, token)
            spool.add(table)
            pages += 1
            if not token:
                return spool, total, pages

    def _page(self, shard: Shard, token: str | None) -> bytes:
        params = {
            "maxResults": PAGE_ROWS,
            "formatOptions.useInt64Timestamp": "true",
            **({"pageToken": token} if token else {}),
        }
        path = f"{self._tables}/{shard.table_id}/data"
        return self._http.get(path, params=params, subject=f"table {shard.table_id}").content

    def _get(self, path: str, params: dict[str, Any], subject: str) -> Any:
        return self._http.get(path, params=params, subject=subject).json()

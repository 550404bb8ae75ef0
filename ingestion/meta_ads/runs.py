"""Reports by asynchronous runs, split where a run is too large: by campaigns, then ads, then fields, then days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from ingestion.context import LoadContext
from ingestion.http import TooMuchData
from ingestion.meta_ads.client import Account, Client
from ingestion.meta_ads.errors import run_error
from ingestion.meta_ads.reports import Report, Row
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

RUN_ATTEMPTS = 3
POLL_SECONDS = 5.0
LONGEST_POLL = 30.0
RUN_TIMEOUT = 1800.0
_COMPLETED = "Job Completed"
# Skipped: the run expired, or was the double of another.
_ENDED_WITHOUT_ROWS = ("Job Failed", "Job Skipped")


@dataclass(frozen=True)
class Slice:
    """A part of a report that one run reads: days, fields, and the campaigns or ads in it ("" for all)."""

    window: Window
    fields: tuple[str, ...]
    entity: str = ""
    ids: tuple[str, ...] = ()


class RunReader:
    """Reads one report of one account."""

    def __init__(self, context: LoadContext, client: Client, report: Report, account: Account) -> None:
        self._context, self._client, self._report, self._account = context, client, report, account
        self._poll = context.number("poll_seconds", POLL_SECONDS)
        self._timeout = context.number("run_timeout_seconds", RUN_TIMEOUT)

    def read(self, window: Window, fields: tuple[str, ...]) -> list[Row]:
        """All rows of some days. Raises ConfigurationError for a run that does not end, or fails again and again."""
        return self._read(Slice(window, fields))

    def _start(self, part: Slice) -> str | None:
        """The id of a run; None where Meta says at once that it would be too large."""
        try:
            return self._client.start_run(self._account, part.window, self._params(part))
        except TooMuchData:
            return None

    def _params(self, part: Slice) -> Row:
        return self._report.params(part.fields, part.entity, part.ids)

    def _finish(self, part: Slice, run_id: str | None) -> list[Row]:
        rows = None if run_id is None else self._rows_of(part, run_id)
        return self._split(part) if rows is None else rows

    def _rows_of(self, part: Slice, run_id: str) -> list[Row] | None:
        """The run's rows; None where it is too large. A run that broke down is started again."""
        try:
            for attempt in range(RUN_ATTEMPTS):
                if attempt:
                    run_id = self._client.start_run(self._account, part.window, self._params(part))
                state = self._ended(run_id)
                if state["async_status"] == _COMPLETED:
                    return self._client.run_rows(self._report.table, self._account, part.window, run_id)
        except TooMuchData:
            return None
        error = run_error(state)
        reason = f"code {error['code']}: {error['message']}" if error else f"'{state['async_status']}'"
        raise ConfigurationError(
            f"meta_ads: {self._account.subject}: {self._report.table}: the report run of {part.window.start} to "
            f"{part.window.end} ended {RUN_ATTEMPTS} times with {reason}; try again later"
        )

    def _ended(self, run_id: str) -> Row:
        """The state of the run when it has come to an end, good or bad."""
        waited, pause = 0.0, self._poll
        while True:
            state = self._client.run(self._account, run_id)
            if state.get("async_status") in (_COMPLETED, *_ENDED_WITHOUT_ROWS):
                return state
            if waited >= self._timeout:
                raise ConfigurationError(
                    f"meta_ads: {self._account.subject}: {self._report.table}: the report run is still "
                    f"{state.get('async_status')!r} at {state.get('async_percent_completion')} % after "
                    f"{waited:.0f} s; try again later, or raise sources.meta_ads.run_timeout_seconds"
                )
            done = state.get("async_percent_completion") or 0
            self._context.meter.doing = f"{self._report.table} of {self._account.account_id}: the run is at {done} %"
            self._context.sleep(pause)
            waited += pause
            pause = min(LONGEST_POLL, pause * 1.5)

    def _read(self, part: Slice) -> list[Row]:
        return self._finish(part, self._start(part))

    def _split(self, part: Slice) -> list[Row]:
        """The rows of a part that is too large for one run, read in smaller parts. A retry would never help."""
        parts = self._smaller(part)
        if parts and parts[0].fields != part.fields:
            return self._joined([self._read(one) for one in parts])
        return [row for one in parts for row in self._read(one)]

    def _smaller(self, part: Slice) -> list[Slice]:
        if not part.entity:
            part = replace(part, entity="campaign", ids=self._delivering("campaign", part))
        if part.entity == "campaign" and len(part.ids) == 1:
            part = replace(part, entity="ad", ids=self._delivering("ad", part))
        if len(part.ids) != 1:
            return [replace(part, ids=ids) for ids in _halves(part.ids)]
        if len(part.fields) > 1:
            return [replace(part, fields=fields) for fields in _halves(part.fields)]
        if part.window.start < part.window.end:
            middle = part.window.start + (part.window.end - part.window.start) // 2
            days = Window(part.window.start, middle), Window(middle + timedelta(days=1), part.window.end)
            return [replace(part, window=window) for window in days]
        raise ConfigurationError(
            f"meta_ads: {self._account.subject}: {self._report.table}: one day of one field of ad {part.ids[0]} is too "
            "much data for Meta; leave the report out of ingestion/meta_ads/reports.py"
        )

    def _delivering(self, level: str, part: Slice) -> tuple[str, ...]:
        """The campaigns, or the ads of a campaign, that have rows in these days, deleted ones too."""
        key = f"{level}_id"
        report = Report(self._report.table, level, (key,), ())
        params = report.params((), part.entity, part.ids) | {"time_increment": "all_days"}
        rows = self._client.insights(report.table, self._account, part.window, params, self._client.page_rows)
        return tuple(dict.fromkeys(str(row[key]) for row in rows))

    def _joined(self, halves: list[list[Row]]) -> list[Row]:
        """Rows whose fields were read apart, by the report's grain."""
        rows: dict[tuple[object, ...], Row] = {}
        for half in halves:
            for row in half:
                rows.setdefault(tuple(row.get(name) for name in self._report.grain), {}).update(row)
        return list(rows.values())


def _halves(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    middle = (len(values) + 1) // 2
    return [half for half in (values[:middle], values[middle:]) if half]

"""How one kind of object is brought up to date: everything once a week, in between what has changed.

A read of everything lists the ids, so that it also finds what left no trace: erased contacts, and values that HubSpot
calculates without calling the object changed. In between, a search finds what changed, the list of archived objects
what was put away or brought back, and the winners of merges name the losers, which are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingestion.context import LoadContext
from ingestion.http import EntitySkipped
from ingestion.hubspot.objects import ObjectKind, Row, kept_properties
from ingestion.hubspot.portal import Found, Portal
from ingestion.privacy import keyed_hash
from warehouse.errors import ConfigurationError

FULL_READ_DAYS = 7
OVERLAP = timedelta(hours=1)
"""A search trails the portal by seconds to minutes; estimates of the worst are below an hour."""
HISTORY_KEPT = 20
"""Versions of a property that HubSpot keeps at least; of older ones, what was read while they were there stays."""


class Standing:
    """All objects of one kind as they stand now, by id, and the stages that they went through."""

    def __init__(self, context: LoadContext, portal: Portal, kind: ObjectKind) -> None:
        self._context, self._portal = context, portal
        self.kind = _fitted(context, portal, kind)
        self._asked = self.kind.properties()
        self.rows: dict[str, Row] = {}
        self.stages: dict[str, list[Row]] = {}
        self._earlier: dict[str, list[Row]] = {}
        self.mark = self._mark()

    def read(self) -> Standing:
        """Bring rows and stages up to date."""
        before = self._before()
        marks = {row["object_type"]: row for row in self._context.previous("object_reads")}
        since = None if self._must_read_all(marks.get(self.kind.name)) else _newest_change(before)
        if since is None:
            # The next page of ids is asked for while the objects of the last one are under way.
            self._take(self._portal.ids(self.kind.name, archived=False))
        else:
            self.mark["read_at"] = marks[self.kind.name]["read_at"]
            self.rows = {row[self.kind.id_column]: row for row in before}
            self.stages = dict(self._earlier)
            self.reread(self._portal.changed(self.kind.name, self.kind.modified, since - OVERLAP))
        self._follow_archive()
        self._follow_merges()
        self._context.note_request(
            self.kind.name,
            rows=len(self.rows),
            metadata={"read": "all" if since is None else "changes", "kept_properties": len(self.kind.kept)},
        )
        return self

    def reread(self, ids: Iterable[str]) -> None:
        """Read these objects again; those that are not there any more are dropped."""
        wanted = list(ids)
        for one in wanted:
            self.rows.pop(one, None)
        self._take(wanted)

    def live_ids(self) -> list[str]:
        """The objects that are not archived, in order of their ids."""
        return [row[self.kind.id_column] for row in self.sorted_rows() if not row["is_archived"]]

    def sorted_rows(self) -> list[Row]:
        """All rows in order of their ids."""
        return [self.rows[one] for one in sorted(self.rows, key=lambda one: (len(one), one))]

    def sorted_stages(self) -> Iterator[Row]:
        """The stages of every object that is there."""
        for one in sorted(self.stages, key=lambda one: (len(one), one)):
            if one in self.rows:
                yield from self.stages[one]

    def _take(self, ids: Iterable[str], *, archived: bool = False) -> None:
        for found in self._portal.read(self.kind.name, ids, self._asked, self.kind.history, archived=archived):
            row = self.kind.row(found)
            one = row[self.kind.id_column]
            self.rows[one] = row
            self.stages[one] = _with_earlier(self.kind.stages(found), self._earlier.get(one, []))

    def _follow_archive(self) -> None:
        archived = list(self._portal.ids(self.kind.name, archived=True))
        known = {one for one, row in self.rows.items() if row["is_archived"]}
        self._take((one for one in archived if one not in known), archived=True)
        # HubSpot drops what was archived for three months; what was brought back is live again.
        self.reread(sorted(known - set(archived)))

    def _follow_merges(self) -> None:
        for one, row in list(self.rows.items()):
            for loser in (row["merged_object_ids"] or "").split(";"):
                if loser.strip() != one:
                    self.rows.pop(loser.strip(), None)

    def _mark(self) -> Row:
        portal_id, asked = str(self._portal.details["portalId"]), ",".join(self._asked)
        # With another portal, other properties or another key for hashes, no earlier row is as it would be read now.
        asked_for = keyed_hash(f"{portal_id}:{asked}")
        return {"object_type": self.kind.name, "read_at": self._context.as_of, "asked_for": asked_for}

    def _must_read_all(self, mark: Row | None) -> bool:
        if mark is None or mark["asked_for"] != self.mark["asked_for"] or self._context.as_of < mark["read_at"]:
            return True
        since: date = mark["read_at"].astimezone(UTC).date()
        return (self._context.as_of.astimezone(UTC).date() - since).days >= _full_read_days(self._context)

    def _before(self) -> list[Row]:
        if self.kind.history_table:
            for row in self._context.previous(self.kind.history_table):
                self._earlier.setdefault(row[self.kind.id_column], []).append(row)
        return self._context.previous(self.kind.name)


def _newest_change(rows: list[Row]) -> datetime | None:
    moments = [row["updated_at"] for row in rows if row["updated_at"] and not row["is_archived"]]
    return max(moments, default=None)


def _with_earlier(stages: list[Row], earlier: list[Row]) -> list[Row]:
    if len(stages) < HISTORY_KEPT:
        return stages
    older = [row for row in earlier if row["entered_at"] < stages[0]["entered_at"]]
    return [*sorted(older, key=lambda row: (row["entered_at"], row["stage"])), *stages]


def _fitted(context: LoadContext, portal: Portal, kind: ObjectKind) -> ObjectKind:
    """The kind with what this portal has of it."""
    try:
        known = portal.properties(kind.name)
    except EntitySkipped as refused:
        context.warn(f"only HubSpot's own properties of {kind.name} are read: {refused.reason}")
        return kind
    _warn_of_missing(context, kind, known)
    wanted = [name.strip() for name in str(context.settings.get("keep_properties", "")).split(",")]
    return replace(kind, kept=kept_properties(kind, known, wanted))


def _warn_of_missing(context: LoadContext, kind: ObjectKind, known: list[Found]) -> None:
    names = {one["name"] for one in known}
    for column, setting in (("ga_client_id", "ga_client_id_property"), ("gross_margin", "gross_margin_property")):
        named: Any = context.settings.get(setting)
        if column in kind.texts and named is not None and named not in names:
            context.warn(f"sources.hubspot.{setting} = {named!r}: the portal has no such property of {kind.name}")


def _full_read_days(context: LoadContext) -> int:
    value = context.settings.get("full_read_days", FULL_READ_DAYS)
    if not str(value).isdigit():
        raise ConfigurationError(
            f"config/local.toml: sources.hubspot.full_read_days = {value!r}: is no number of days; write 0 to read "
            "everything at each load, or 7 for once a week"
        )
    return int(value)

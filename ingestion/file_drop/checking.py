"""Records to rows: what passes every check is loaded, what fails one goes to the quarantine with its reason."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.file_drop.cells import RefusedCell
from ingestion.file_drop.kinds import Kind, Problem, Row
from ingestion.file_drop.reading import Record, Sheet
from ingestion.privacy import hide_emails, keyed_hash

_LEFT_OUT = "(left out)"


@dataclass
class Checked:
    """The rows of one kind that passed, and the quarantine rows (one a bad field) of those that did not."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0


class Checker:
    """Checks the spreadsheets of one kind; a row that repeats one of an earlier file is found as well.

    `known` holds the ids that the kind's `refers_to` column may name; None where nothing is known about them.
    """

    def __init__(self, kind: Kind, zone: ZoneInfo, known: frozenset[str] | None = None) -> None:
        self.kind = kind
        self._zone = zone
        self._known = known
        self._seen: dict[tuple[Any, ...], tuple[str, int]] = {}
        self.checked = Checked()

    def add(self, sheet: Sheet) -> None:
        """Check every record of `sheet`."""
        plan = [(index, name, self.kind.columns[name]) for index, name in enumerate(sheet.header)]
        absent: Row = {column.target: None for column in self.kind.columns.values() if column.target}
        for record in sheet.records:
            if record.problem:
                self._refuse(sheet, record, [("(line)", record.problem)])
                continue
            row: Row = dict(absent)
            problems: list[Problem] = []
            for index, name, column in plan:
                cell = record.cells[index].strip()
                if not cell:
                    if column.is_filled:
                        problems.append((name, "is empty; write a value"))
                    continue
                try:
                    value = column.check(cell, self._zone)
                except RefusedCell as refusal:
                    problems.append((name, str(refusal)))
                    continue
                if column.target is None:
                    continue
                if column.is_email:
                    value = keyed_hash(cell) or ""
                elif isinstance(value, str):
                    # An address book that uses the address as an id, or a campaign named after a person.
                    value = hide_emails(value)
                row[column.target] = value
            problems = problems or self.kind.row_check(row) or self._unknown(row) or self._repeated(sheet, record, row)
            if problems:
                self._refuse(sheet, record, problems)
            else:
                self.checked.rows.append({"file_name": sheet.name, "line_number": record.line_number, **row})

    def _unknown(self, row: Row) -> list[Problem]:
        if self._known is None or self.kind.refers_to is None:
            return []
        column, other = self.kind.refers_to
        if row[column] in self._known:
            return []
        return [(column, f"is unknown: no valid row of {other}*.csv has it; add the row there, or mend the id")]

    def _repeated(self, sheet: Sheet, record: Record, row: Row) -> list[Problem]:
        here = (sheet.name, record.line_number)
        first = self._seen.setdefault(tuple(row[name] for name in self.kind.identity), here)
        if first == here:
            return []
        what = ", ".join(self.kind.identity)
        return [(self.kind.identity[-1], f"repeats {what} of line {first[1]} of {first[0]}; keep one of the two")]

    def _refuse(self, sheet: Sheet, record: Record, problems: list[Problem]) -> None:
        self.checked.refused += 1
        whole = self._quarantined_text(sheet, record)
        for name, reason in problems:
            self.checked.quarantine.append(
                {
                    "file_name": sheet.name,
                    "line_number": record.line_number,
                    "field": name,
                    "value": self._quarantined_value(sheet, record, name),
                    "reason": reason,
                    "row": whole,
                }
            )

    def _quarantined_value(self, sheet: Sheet, record: Record, name: str) -> str | None:
        if name not in sheet.header or record.problem:
            return None
        return self._hidden(name, record.cells[sheet.header.index(name)].strip())

    def _quarantined_text(self, sheet: Sheet, record: Record) -> str:
        if record.problem:
            # Nobody knows which cell is which: keep those before the first that could be personal.
            private = [index for index, name in enumerate(sheet.header) if self.kind.columns[name].is_private]
            known = record.cells[: private[0]] if private else record.cells
            # Undecodable bytes are written as \\udcXX: neither a hash nor the warehouse takes them as they are.
            readable = [cell.encode("utf-8", "backslashreplace").decode() for cell in known]
            cells = [hide_emails(cell) for cell in readable]
            cells += [_LEFT_OUT] if len(known) < len(record.cells) else []
        else:
            cells = [self._hidden(name, cell.strip()) for name, cell in zip(sheet.header, record.cells, strict=True)]
        out = io.StringIO()
        csv.writer(out, delimiter=sheet.delimiter, lineterminator="").writerow(cells)
        return out.getvalue()

    def _hidden(self, name: str, cell: str) -> str:
        column = self.kind.columns[name]
        if column.is_email:
            return keyed_hash(cell) or ""
        if column.target is None:
            return _LEFT_OUT if cell else ""
        return hide_emails(cell)

"""One spreadsheet's bytes to records with line numbers; a line that no reader can make sense of is set aside."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.file_drop.kinds import Kind
from warehouse.errors import ConfigurationError

_DELIMITERS = ",;\t"
# A record over more lines than this is an open quotation mark, not a long comment.
_LONGEST_RECORD = 200


@dataclass(frozen=True)
class Record:
    """One record: the line it starts on, its cells, and what is wrong with it as a whole, if anything."""

    line_number: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet that was read: header names, delimiter, and the records below the header."""

    name: str
    header: list[str]
    delimiter: str
    records: list[Record]


def read_sheet(kind: Kind, name: str, content: bytes) -> Sheet:
    """The records of one file. Raises ConfigurationError naming file and column where the whole file is unusable."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:1024]:
        raise ConfigurationError(f"{name}: is no UTF-8 text; save it again as 'CSV UTF-8'")
    # Undecodable bytes become lone surrogates, so that only their own lines are set aside.
    text = content.decode("utf-8-sig", "surrogateescape")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[0].strip():
        raise ConfigurationError(f"{name}: its first line is empty; write the header {','.join(kind.columns)}")
    if not _is_text(lines[0]):
        raise ConfigurationError(f"{name}: its header is no UTF-8 text; save the file again as 'CSV UTF-8'")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    header = [cell.strip().lower() for cell in next(csv.reader([lines[0]], delimiter=delimiter))]
    _check_header(kind, name, header)
    return Sheet(name, header, delimiter, list(_records(lines, delimiter, len(header))))


def _check_header(kind: Kind, name: str, header: list[str]) -> None:
    known = ", ".join(kind.columns)
    for position, column in enumerate(header, start=1):
        if not column:
            raise ConfigurationError(
                f"{name}: column {position} has no name; write one of {known}, or delete the column"
            )
        if column not in kind.columns:
            raise ConfigurationError(f"{name}: column '{column}' is unknown; rename it to one of {known}, or delete it")
        if header.count(column) > 1:
            raise ConfigurationError(f"{name}: column '{column}' stands there twice; delete one of them")
    for column, rule in kind.columns.items():
        if rule.is_needed and column not in header:
            raise ConfigurationError(f"{name}: column '{column}' is missing; add it (the file has {', '.join(header)})")


def _records(lines: list[str], delimiter: str, width: int) -> Iterator[Record]:
    all_text = _is_text("".join(lines))
    first = 1
    while first < len(lines):
        # `lines` lost its line ends, and a quoted cell may span lines: give them back.
        reader = csv.reader((line + "\n" for line in lines[first:]), delimiter=delimiter, strict=True)
        base, read_lines = first, 0
        first = len(lines)
        while True:
            try:
                cells = next(reader, None)
                problem = None
            except csv.Error as error:
                cells, problem = [], f"is no CSV: {error}; close its quotation marks"
            if cells is None:
                break
            start, read_lines = base + read_lines, reader.line_num
            spanned = base + read_lines - start
            if problem or (spanned > 1 and (len(cells) != width or spanned > _LONGEST_RECORD)):
                if spanned > 1 or problem is None:
                    problem = "opens a quotation mark that it does not close; close it"
                yield Record(start + 1, lines[start].split(delimiter), problem)
                first = start + 1  # what the open quotation mark swallowed is read again
                break
            if not any(cell.strip() for cell in cells):
                continue
            if not all_text and not all(map(_is_text, cells)):
                problem = "is no UTF-8 text; save the file again as 'CSV UTF-8'"
            elif len(cells) < width and base + read_lines == len(lines) and lines[-1]:
                problem = f"ends after {len(cells)} of {width} fields, and so does the file; save or copy it again"
            elif len(cells) != width:
                problem = (
                    f"has {len(cells)} fields where the header has {width}; put fields with '{delimiter}' in quotes"
                )
            yield Record(start + 1, cells, problem)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

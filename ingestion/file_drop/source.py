"""The folder as it stands: what is valid replaces the tables as a whole, what is not goes to the quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dlt

from ingestion.context import LoadContext
from ingestion.file_drop.checking import Checked, Checker
from ingestion.file_drop.events import EventFiles
from ingestion.file_drop.kinds import KINDS, Kind
from ingestion.file_drop.reading import read_sheet
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT

EVENTS = "ga4_events"
_CHUNK = 50_000
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers", ".tsv", ".txt")


def resources(context: LoadContext) -> Iterable[Any]:
    """One resource a table; all of them, so that what was taken out of the folder disappears."""
    folder = find_folder(context)
    found = files_by_kind(context, folder)
    zone = ZoneInfo(context.business.time_zone)
    quarantine: list[dict[str, Any]] = []
    valid: dict[str, Checked] = {}
    for kind in KINDS:
        checker = Checker(kind, zone, _known_ids(kind, found, valid))
        names = {path: _name(folder, path) for path in found[kind.name]}
        for path, name in names.items():
            _check(context, checker, path, name)
        _tell_of_absent(context, kind, names.values())
        valid[kind.name] = checked = checker.checked
        quarantine += checked.quarantine
        yield _resource(kind.name, checked.rows)
    events = EventFiles(str(context.settings.get("property_id", "file_drop")))
    for path in found[EVENTS]:
        rows, refused = events.rows, len(events.quarantine)
        name = _name(folder, path)
        with complete(path, name):
            events.add(path, name)
        _note(context, EVENTS, (name, path), rows=events.rows - rows, refused=len(events.quarantine) - refused)
    yield dlt.resource(events.tables, name=EVENTS)
    yield _resource("quarantine", quarantine + events.quarantine)


def find_folder(context: LoadContext) -> Path:
    """The folder of the setting, relative to the project's root. Raises ConfigurationError where there is none."""
    setting = context.setting("folder")
    folder = PROJECT_ROOT / Path(setting).expanduser()
    if not folder.is_dir():
        raise ConfigurationError(
            f"config/local.toml: sources.file_drop.folder = {setting!r}: there is no folder {folder}; "
            "create it and put your files there, or name another"
        )
    return folder


def files_by_kind(context: LoadContext, folder: Path) -> dict[str, list[Path]]:
    """The files of each kind in the order of their names; raises ConfigurationError where there is none at all."""
    found: dict[str, list[Path]] = {name: [] for name in (*(kind.name for kind in KINDS), EVENTS)}
    for path in _visible(folder / EVENTS):
        if path.suffix.lower() in (".jsonl", ".parquet"):
            found[EVENTS].append(path)
        else:
            context.warn(
                f"{_name(folder, path)} was not read: events come as .jsonl or .parquet; export it as one of them"
            )
    for path in _visible(folder):
        if path.suffix.lower() in _SPREADSHEETS:
            context.warn(f"{path.name} was not read: it is no CSV; save it as 'CSV UTF-8' too")
        if path.suffix.lower() != ".csv":
            continue
        kind = next((kind for kind in KINDS if path.name.lower().startswith(kind.name)), None)
        if kind is None:
            known = ", ".join(f"{kind.name}*.csv" for kind in KINDS)
            context.warn(f"{path.name} was not read: its name begins like none of {known}; rename it")
        else:
            found[kind.name].append(path)
    if not any(found.values()):
        known = ", ".join([*(f"{kind.name}*.csv" for kind in KINDS), f"{EVENTS}/*.parquet or *.jsonl"])
        raise ConfigurationError(
            f"config/local.toml: sources.file_drop.folder = {context.setting('folder')!r}: {folder} holds none of "
            f"{known}; put a file there, or switch the source off"
        )
    return found


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file() and not path.name.startswith((".", "~")))


def _known_ids(kind: Kind, found: dict[str, list[Path]], valid: dict[str, Checked]) -> frozenset[str] | None:
    """The ids that rows of `kind` may refer to; None where the folder does not hold the other kind at all."""
    if kind.refers_to is None or not found[kind.refers_to[1]]:
        return None
    column, other = kind.refers_to
    return frozenset(row[column] for row in valid[other].rows)


def _tell_of_absent(context: LoadContext, kind: Kind, names: Iterable[str]) -> None:
    """What was taken out of the folder takes its rows along: on purpose, or by mistake."""
    held = Counter(row["file_name"] for row in context.previous(kind.name))
    for name in sorted(held.keys() - set(names)):
        context.warn(
            f"{name} is in the folder no more, so its {held[name]} rows are gone; put it back if you need them"
        )


def _check(context: LoadContext, checker: Checker, path: Path, name: str) -> None:
    with complete(path, name):
        content = path.read_bytes()
    checked = checker.checked
    rows, refused = len(checked.rows), checked.refused
    checker.add(read_sheet(checker.kind, name, content))
    rows, refused = len(checked.rows) - rows, checked.refused - refused
    _note(context, checker.kind.name, (name, path), rows=rows, refused=refused)


@contextmanager
def complete(path: Path, name: str) -> Iterator[None]:
    """What is read in here is the whole file. Raises ConfigurationError where it was changed or taken meanwhile."""
    try:
        before = path.stat()
        yield
        after = path.stat()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{name}: was taken out of the folder while it was read; load again when the folder is at rest"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be read: {error.strerror}; mend its permissions") from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ConfigurationError(f"{name}: was written to while it was read; load again when it is complete")


def _note(context: LoadContext, table: str, file: tuple[str, Path], *, rows: int, refused: int) -> None:
    name, path = file
    metadata = {"bytes": path.stat().st_size, "modified_at": int(path.stat().st_mtime), "quarantined": refused}
    context.note_request(table, rows=rows, request_id=name, metadata=metadata)
    if refused:
        context.warn(
            f"{name}: {refused} of {rows + refused} rows are in quarantine; "
            "raw_file_drop.quarantine has line, field and reason"
        )


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _resource(name: str, rows: list[dict[str, Any]]) -> Any:
    def chunks() -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(rows), _CHUNK):
            yield rows[start : start + _CHUNK]

    return dlt.resource(chunks, name=name)

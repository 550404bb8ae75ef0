"""Whether a table's columns are still what the raw table takes them for."""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.ga4_export import EVENT_COLUMNS, RECORDS
from ingestion.ga4_export.flatten import JSON_COLUMNS, NEEDED, PATHS, Field
from ingestion.spec import ColumnType
from warehouse.errors import ConfigurationError

_RECORD = ("RECORD", "STRUCT")
_WHOLE = ("INTEGER", "INT64")
_TYPES: dict[ColumnType, tuple[str, ...]] = {
    "bigint": _WHOLE,
    "double": ("FLOAT", "FLOAT64", *_WHOLE),
    "bool": ("BOOLEAN", "BOOL"),
    "date": ("STRING",),
}


def check(table_id: str, fields: Iterable[Field]) -> None:
    """Raises ConfigurationError where a column that no event can do without is missing, or one is of another type.

    A column that an older table lacks is no error, nor is one that Google has added, nor a text that has become a
    number: text holds it as it is.
    """
    top = {field["name"]: field for field in fields}
    for name in NEEDED:
        if name not in top:
            raise _refused(table_id, name, "is missing")
    for column, path in PATHS.items():
        field = _at(top, path)
        if field is not None and (wrong := _difference(column, path, field)):
            raise _refused(table_id, path, wrong)


def _at(fields: dict[str, Field], path: str) -> Field | None:
    found: Field | None = None
    for name in path.split("."):
        found = fields.get(name)
        if found is None:
            return None
        fields = {field["name"]: field for field in found.get("fields", ())}
    return found


def _difference(column: str, path: str, field: Field) -> str | None:
    kind, is_list = str(field["type"]).upper(), field.get("mode") == "REPEATED"
    if path in RECORDS:
        wanted, is_right = "RECORD", kind in _RECORD and not is_list
    elif path in JSON_COLUMNS or path == "items":
        wanted, is_right = "list of RECORD", kind in _RECORD and is_list
    else:
        types = _TYPES.get(EVENT_COLUMNS[column])
        wanted = types[0] if types else "text or number"
        is_right = not is_list and (kind in types if types else kind not in _RECORD)
    return None if is_right else f"is {'a list of ' if is_list else ''}{kind} now, where {wanted} was expected"


def _refused(table_id: str, path: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"ga4_export: {table_id}: field {path} {what}; nothing of it was read: mend ingestion/ga4_export/flatten.py"
    )

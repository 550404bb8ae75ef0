"""Renders events as BigQuery's positional rows, fast: {"f":[{"v":"20261120"},{"v":[...]}]}.

Records that events share (by identity) are rendered once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

Render = Callable[[Any], str]

NULL = '{"v":null}'
# These records are shared between events for as long as the process lives.
_LASTING = {
    "device", "geo", "traffic_source", "session_traffic_source_last_click", "privacy_info", "event_dimensions",
    "items", "user_properties",
}  # fmt: skip


class UnknownField(ValueError):
    """A selected field is not in the schema."""


def select(schema: list[dict[str, Any]], fields: list[str]) -> list[dict[str, Any]]:
    """The part of `schema` that `fields` (dotted paths) ask for, in the schema's order; all of it for none.

    Raises UnknownField.
    """
    if not fields:
        return schema
    wanted: dict[str, list[str]] = {}
    for path in fields:
        name, _, rest = path.partition(".")
        wanted.setdefault(name, []).append(rest)
    known = {field["name"] for field in schema}
    for name in wanted:
        if name not in known:
            raise UnknownField(name)
    chosen = []
    for field in schema:
        rests = wanted.get(field["name"])
        if rests is None:
            continue
        if "fields" in field and "" not in rests:
            chosen.append({**field, "fields": select(field["fields"], rests)})
            continue
        if "fields" not in field and rests != [""] * len(rests):
            raise UnknownField(f"{field['name']}.{next(rest for rest in rests if rest)}")
        chosen.append(field)
    return chosen


class RowRenderer:
    """Renders events with the fields of `schema`."""

    def __init__(self, schema: list[dict[str, Any]]) -> None:
        self._passing: list[dict[int, tuple[Any, str]]] = []
        self._columns = [(field["name"], self._compile(field, top=True)) for field in schema]

    def rows(self, events: list[dict[str, Any]]) -> list[str]:
        """One JSON object an event."""
        columns = self._columns
        made = ['{"f":[' + ",".join([render(event.get(name)) for name, render in columns]) + "]}" for event in events]
        # What was remembered keeps its events alive: let go of them.
        for memory in self._passing:
            memory.clear()
        return made

    def _compile(self, field: Mapping[str, Any], *, top: bool = False) -> Render:
        if field["type"] == "RECORD":
            one = self._record([(part["name"], self._compile(part)) for part in field["fields"]])
            if field["mode"] != "REPEATED":
                return self._remembered(one, lasting=True) if field["name"] in _LASTING else one
            element = self._remembered(one, lasting=field["name"] in _LASTING) if top else one

            def repeated(values: Any) -> str:
                return '{"v":[' + ",".join([element(value) for value in values]) + "]}" if values else '{"v":[]}'

            return repeated
        return {"STRING": _text, "INTEGER": _number, "FLOAT": _number, "BOOLEAN": _boolean}[field["type"]]

    @staticmethod
    def _record(parts: list[tuple[str, Render]]) -> Render:
        def render(value: Any) -> str:
            if value is None:
                return NULL
            get = value.get
            return '{"v":{"f":[' + ",".join([part(get(name)) for name, part in parts]) + "]}}"

        return render

    def _remembered(self, render: Render, *, lasting: bool) -> Render:
        # The record is kept beside its text: an id is only unique while its object lives.
        memory: dict[int, tuple[Any, str]] = {}
        if not lasting:
            self._passing.append(memory)

        def recall(value: Any) -> str:
            known = memory.get(id(value))
            if known is None:
                known = memory[id(value)] = (value, render(value))
            return known[1]

        return recall


def _text(value: Any) -> str:
    return NULL if value is None else '{"v":' + orjson.dumps(value).decode() + "}"


def _number(value: Any) -> str:
    return NULL if value is None else f'{{"v":"{value}"}}'


def _boolean(value: Any) -> str:
    return NULL if value is None else '{"v":"true"}' if value else '{"v":"false"}'

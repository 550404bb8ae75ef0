"""What the recorded replies hold: the vendor's rows, by table, as anyone would name them in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.replay import Reply, recorded

ROWS_KEY = {
    "ga4_export": "rows",
    "google_ads": "results",
    "ga4": "rows",
    "meta_ads": "data",
    "hubspot": "results",
    "search_console": "rows",
}
"""Under which name the vendor's replies hold their rows."""

Row = dict[str, Any]


def tables(folder: Path, source: str, share: float = 1.0) -> dict[str, list[Reply]]:
    """The source's replies that hold rows, by table; of each table the first `share` of them."""
    found: dict[str, list[Reply]] = {}
    key = f'"{ROWS_KEY[source]}"'.encode()
    for reply in recorded(folder):
        if reply.source == source and reply.status == 200 and key in (folder / reply.name).read_bytes():
            found.setdefault(_table(reply), []).append(reply)
    return {name: replies[: max(1, round(len(replies) * share))] for name, replies in found.items()}


def export_schema(folder: Path) -> list[Row]:
    """The fields of GA4's export, from the description of its newest table; none where it was not recorded."""
    described = [reply for reply in recorded(folder) if re.search(r"/tables/events_\d{8}$", reply.path)]
    return json.loads((folder / described[-1].name).read_bytes())["schema"]["fields"] if described else []


def rows(source: str, body: Any, schema: list[Row]) -> Iterator[Row]:
    """The rows of one reply, each value under its name."""
    key = ROWS_KEY[source]
    if source == "ga4_export":
        yield from (_record(schema, row) for row in body.get(key, ()))
    elif source == "google_ads":
        for chunk in body:
            yield from chunk.get(key, ())
    elif source == "ga4":
        names = [header["name"] for kind in ("dimensionHeaders", "metricHeaders") for header in body.get(kind, ())]
        for row in body.get(key, ()):
            values = [one["value"] for kind in ("dimensionValues", "metricValues") for one in row.get(kind, ())]
            yield dict(zip(names, values, strict=True))
    elif isinstance(body.get(key), list):
        yield from body[key]


def _record(fields: list[Row], value: Row) -> Row:
    return {field["name"]: _value(field, part["v"]) for field, part in zip(fields, value["f"], strict=True)}


def _value(field: Row, value: Any) -> Any:
    if value is None or "fields" not in field:
        return value
    if field["mode"] == "REPEATED":
        return [_record(field["fields"], one["v"]) for one in value]
    return _record(field["fields"], value)


def _table(reply: Reply) -> str:
    """A name for the rows that this request asks for: without ids, and by fields where one address has several."""
    if reply.source == "ga4_export":
        return "events"
    place = re.sub(r"[^a-z]+", "_", reply.path.split("?")[0].lower()).strip("_")[-40:].strip("_")
    if reply.source == "google_ads":
        query = json.loads(reply.asked)["query"]
        return f"{query.split(' FROM ')[1].split()[0]}_{len(query.split(','))}"
    if reply.source == "ga4":
        return f"report_{len(json.loads(reply.asked).get('dimensions', ()))}"
    return place

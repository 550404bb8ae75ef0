"""BigQuery, as far as reading GA4's export needs it: tables.list, tables.get, tabledata.list.

Conditions of the project: `bigquery/streaming` (true: the day that is under way has a table `events_intraday_*`),
`bigquery/expire_days` (60 in BigQuery's free sandbox), `bigquery/new_field` (the name of a text column that every table
has besides), `bigquery/field_types` (field -> the type that tables.get tells in place of its own).
"""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingestion.sandbox import bigquery_faults
from ingestion.sandbox.control import Control
from ingestion.sandbox.events import events_for, export_version
from ingestion.sandbox.export_schema import SCHEMA
from ingestion.sandbox.google_errors import json_response, refuse_bearer
from ingestion.sandbox.model import World
from ingestion.sandbox.tabledata import RowRenderer, UnknownField, select
from ingestion.sandbox.world_catalog import DATASET_ID, PROJECT_ID, PROPERTY_ZONE
from ingestion.sandbox.world_time import midnight

SCOPE = "https://www.googleapis.com/auth/bigquery.readonly"
PREFIX, INTRADAY = "events_", "events_intraday_"
NEW_VALUE = "new"
"""What every row holds in the column of `bigquery/new_field`."""
LIST_PAGE = 50
MAX_PAGE_BYTES = 10_000_000
# A row of the whole schema, about: what tables.get calls numBytes.
_ROW_BYTES = 1400


def bigquery_error(code: int, reason: str, message: str) -> Response:
    """A refusal in BigQuery's own envelope."""
    return json_response(bigquery_faults.bigquery_error(code, reason, message), code)


def last_modified(day: date, version: int) -> datetime:
    """When the table of `day` was written for the `version`-th time."""
    return midnight(day + timedelta(days=1), PROPERTY_ZONE) + timedelta(days=version)


@lru_cache(maxsize=16)
def _renderer(fields: tuple[str, ...]) -> RowRenderer:
    return RowRenderer(select(SCHEMA, list(fields)))


@lru_cache(maxsize=4)
def _rows(world: World, day: date, version: int, fields: tuple[str, ...]) -> list[str]:
    return _renderer(fields).rows(events_for(world, day, version))


class _BigQuery:
    def __init__(self, world: World, control: Control) -> None:
        self.world = world
        self.control = control

    def tables(self) -> dict[str, tuple[date, int]]:
        """The tables that there are now: name -> day, and how often it was rewritten."""
        now, keep = self.control.now, self.control.conditions.get("bigquery/expire_days")
        span = (self.world.today - self.world.start).days + 1
        found: dict[str, tuple[date, int]] = {}
        for day in (self.world.start + timedelta(days=number) for number in range(span)):
            version = export_version(self.world, day, now)
            if version is not None and (keep is None or now < last_modified(day, 0) + timedelta(days=int(keep))):
                found[f"{PREFIX}{day:%Y%m%d}"] = (day, version)
        today = now.astimezone(ZoneInfo(PROPERTY_ZONE)).date()
        if self.control.conditions.get("bigquery/streaming") and self.world.start <= today <= self.world.today:
            found[f"{INTRADAY}{today:%Y%m%d}"] = (today, 0)
        return dict(sorted(found.items()))

    def events(self, name: str, day: date, version: int) -> list[dict[str, Any]]:
        """The rows of a table; of the day under way, what has come so far."""
        events = events_for(self.world, day, version)
        if not name.startswith(INTRADAY):
            return events
        return [event for event in events if event["event_timestamp"] <= self.control.now.timestamp() * 1_000_000]

    def rows(self, name: str, day: date, version: int, fields: tuple[str, ...]) -> list[str]:
        """The rows as they are sent."""
        if name.startswith(INTRADAY):
            return _renderer(fields).rows(self.events(name, day, version))
        return _rows(self.world, day, version, fields)

    def schema(self) -> list[dict[str, Any]]:
        """The columns of every table."""
        types = self.control.conditions.get("bigquery/field_types", {})
        fields = [{**field, "type": types.get(field["name"], field["type"])} for field in SCHEMA]
        added = self.control.conditions.get("bigquery/new_field")
        return [*fields, {"name": added, "type": "STRING", "mode": "NULLABLE"}] if added else fields

    def refuse(self, request: Request) -> Response | None:
        refusal = refuse_bearer(request, self.control, SCOPE)
        if refusal is not None:
            return refusal
        project, dataset = request.path_params["project"], request.path_params["dataset"]
        if project != PROJECT_ID:
            text = f"Access Denied: Project {project}: User does not have bigquery.datasets.get permission in it."
            return bigquery_error(403, "accessDenied", text)
        if dataset != DATASET_ID:
            return bigquery_error(404, "notFound", f"Not found: Dataset {project}:{dataset}")
        return None

    def table(self, request: Request) -> tuple[str, date, int] | Response:
        name = request.path_params["table"]
        tables = self.tables()
        if name in tables:
            return name, *tables[name]
        return bigquery_error(404, "notFound", f"Not found: Table {PROJECT_ID}:{DATASET_ID}.{name}")

    async def list_tables(self, request: Request) -> Response:
        refusal = self.refuse(request)
        if refusal is not None:
            return refusal
        try:
            offset = _offset(request)
            size = min(_positive(request, "maxResults", LIST_PAGE), 1000)
        except ValueError as error:
            return bigquery_error(400, "invalid", str(error))
        tables = self.tables()
        page = [self.entry(name, day) for name, (day, _) in list(tables.items())[offset : offset + size]]
        body: dict[str, Any] = {"kind": "bigquery#tableList", "etag": "sandbox", "totalItems": len(tables)}
        if page:
            body["tables"] = page
        if offset + size < len(tables):
            body["nextPageToken"] = _token(offset + size)
        return json_response(body)

    async def get_table(self, request: Request) -> Response:
        refusal = self.refuse(request)
        found = self.table(request) if refusal is None else refusal
        if isinstance(found, Response):
            return found
        name, day, version = found
        count = len(self.events(name, day, version))
        modified = self.control.now if name.startswith(INTRADAY) else last_modified(day, version)
        return json_response(
            {
                **self.entry(name, day),
                "etag": f"{day:%Y%m%d}-{version}",
                "schema": {"fields": self.schema()},
                "numRows": str(count),
                "numBytes": str(count * _ROW_BYTES),
                "lastModifiedTime": _millis(modified),
                "location": "EU",
            }
        )

    async def list_data(self, request: Request) -> Response:
        refusal = self.refuse(request)
        found = self.table(request) if refusal is None else refusal
        if isinstance(found, Response):
            return found
        name, day, version = found
        fields = tuple(one for one in request.query_params.get("selectedFields", "").split(",") if one)
        try:
            offset = _offset(request) or _positive(request, "startIndex", 0)
            limit = _positive(request, "maxResults", 100_000)
            rows = self.rows(name, day, version, fields)
        except UnknownField as error:
            return bigquery_error(400, "invalid", f"Unknown field: {error}")
        except ValueError as error:
            return bigquery_error(400, "invalid", str(error))
        end = _page_end(rows, offset, limit)
        head = f'{{"kind":"bigquery#tableDataList","etag":"{day:%Y%m%d}-{version}","totalRows":"{len(rows)}"'
        if end < len(rows):
            head += f',"pageToken":"{_token(end)}"'
        if offset < len(rows):
            page = rows[offset:end]
            if self.control.conditions.get("bigquery/new_field") and not fields:
                page = [f'{row.removesuffix("]}")},{{"v":"{NEW_VALUE}"}}]}}' for row in page]
            head += ',"rows":[' + ",".join(page) + "]"
        return Response(head + "}", media_type="application/json; charset=UTF-8")

    def entry(self, name: str, day: date) -> dict[str, Any]:
        """What the list and tables.get have in common."""
        created = midnight(day, PROPERTY_ZONE) if name.startswith(INTRADAY) else last_modified(day, 0)
        keep = self.control.conditions.get("bigquery/expire_days")
        expires = {"expirationTime": _millis(created + timedelta(days=int(keep)))} if keep is not None else {}
        return {
            "kind": "bigquery#table",
            "id": f"{PROJECT_ID}:{DATASET_ID}.{name}",
            "tableReference": {"projectId": PROJECT_ID, "datasetId": DATASET_ID, "tableId": name},
            "type": "TABLE",
            "creationTime": _millis(created),
            **expires,
        }


def _page_end(rows: list[str], offset: int, limit: int) -> int:
    size, end = 0, offset
    while end < min(len(rows), offset + limit):
        size += len(rows[end])
        if size > MAX_PAGE_BYTES and end > offset:
            break
        end += 1
    return end


def _millis(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"row:{offset}".encode()).decode()


def _offset(request: Request) -> int:
    token = request.query_params.get("pageToken")
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("row:"))
    except (ValueError, binascii.Error):
        raise ValueError("Invalid page token.") from None


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise ValueError(f"Invalid value for {name}: {text}")
    return int(text)


def routes(world: World, control: Control) -> list[BaseRoute]:
    """BigQuery's routes below /bigquery/v2."""
    service = _BigQuery(world, control)
    base = "/bigquery/v2/projects/{project}/datasets/{dataset}/tables"
    return [
        Route(base, service.list_tables, methods=["GET"]),
        Route(f"{base}/{{table}}", service.get_table, methods=["GET"]),
        Route(f"{base}/{{table}}/data", service.list_data, methods=["GET"]),
    ]

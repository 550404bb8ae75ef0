"""BigQuery, as far as reading GA4's export needs it: tables.list, tables.get, tabledata.list."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingestion.sandbox.control import Control
from ingestion.sandbox.events import events_for, export_version
from ingestion.sandbox.export_schema import SCHEMA
from ingestion.sandbox.google_errors import json_response, refuse_bearer
from ingestion.sandbox.model import World
from ingestion.sandbox.tabledata import RowRenderer, UnknownField, select
from ingestion.sandbox.world_catalog import DATASET_ID, PROJECT_ID, PROPERTY_ZONE
from ingestion.sandbox.world_time import midnight

SCOPE = "https://www.googleapis.com/auth/bigquery.readonly"
PREFIX = "events_"
LIST_PAGE = 50
MAX_PAGE_BYTES = 10_000_000
# A row of the whole schema, about: what tables.get calls numBytes.
_ROW_BYTES = 1400


def bigquery_error(code: int, reason: str, message: str) -> Response:
    """BigQuery's own envelope: `errors` beside the message."""
    status = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}[code]
    entry = {"message": message, "domain": "global", "reason": reason}
    return json_response({"error": {"code": code, "message": message, "errors": [entry], "status": status}}, code)


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

    def tables(self) -> list[tuple[date, int]]:
        """The days that have a table now, with how often it was rewritten."""
        span = (self.world.today - self.world.start).days + 1
        days = (self.world.start + timedelta(days=n) for n in range(span))
        versions = ((day, export_version(self.world, day, self.control.now)) for day in days)
        return [(day, version) for day, version in versions if version is not None]

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

    def table(self, request: Request) -> tuple[date, int] | Response:
        name = request.path_params["table"]
        known = {f"{PREFIX}{day:%Y%m%d}": (day, version) for day, version in self.tables()}
        if name in known:
            return known[name]
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
        page = [_table_entry(day) for day, _ in tables[offset : offset + size]]
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
        day, version = found
        count = len(events_for(self.world, day, version))
        modified = last_modified(day, version)
        return json_response(
            {
                **_table_entry(day),
                "etag": f"{day:%Y%m%d}-{version}",
                "schema": {"fields": SCHEMA},
                "numRows": str(count),
                "numBytes": str(count * _ROW_BYTES),
                "lastModifiedTime": str(int(modified.timestamp() * 1000)),
                "location": "EU",
            }
        )

    async def list_data(self, request: Request) -> Response:
        refusal = self.refuse(request)
        found = self.table(request) if refusal is None else refusal
        if isinstance(found, Response):
            return found
        day, version = found
        fields = tuple(name for name in request.query_params.get("selectedFields", "").split(",") if name)
        try:
            offset = _offset(request) or _positive(request, "startIndex", 0)
            limit = _positive(request, "maxResults", 100_000)
            rows = _rows(self.world, day, version, fields)
        except UnknownField as error:
            return bigquery_error(400, "invalid", f"Unknown field: {error}")
        except ValueError as error:
            return bigquery_error(400, "invalid", str(error))
        end = _page_end(rows, offset, limit)
        head = f'{{"kind":"bigquery#tableDataList","etag":"{day:%Y%m%d}-{version}","totalRows":"{len(rows)}"'
        if end < len(rows):
            head += f',"pageToken":"{_token(end)}"'
        if offset < len(rows):
            head += ',"rows":[' + ",".join(rows[offset:end]) + "]"
        return Response(head + "}", media_type="application/json; charset=UTF-8")


def _page_end(rows: list[str], offset: int, limit: int) -> int:
    size, end = 0, offset
    while end < min(len(rows), offset + limit):
        size += len(rows[end])
        if size > MAX_PAGE_BYTES and end > offset:
            break
        end += 1
    return end


def _table_entry(day: date) -> dict[str, Any]:
    name = f"{PREFIX}{day:%Y%m%d}"
    return {
        "kind": "bigquery#table",
        "id": f"{PROJECT_ID}:{DATASET_ID}.{name}",
        "tableReference": {"projectId": PROJECT_ID, "datasetId": DATASET_ID, "tableId": name},
        "type": "TABLE",
        "creationTime": str(int(last_modified(day, 0).timestamp() * 1000)),
    }


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

"""What a request of the Graph API asks for, and the errors that it answers instead."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from ingestion.sandbox.meta_actions import CLICK_WINDOWS
from ingestion.sandbox.meta_entities import BREAKDOWNS
from ingestion.sandbox.meta_faults import meta_error
from ingestion.sandbox.meta_insights import FIELDS, LEVELS, InsightsQuery, periods

HISTORY_MONTHS = 37
REACH_MONTHS = 13
DEFAULT_LIMIT = 25
DEFAULT_FIELDS = ("account_id", "campaign_id", "impressions", "spend")
UNIQUE_COUNTS = {"reach", "frequency", "unique_clicks"}
WINDOWS = (*CLICK_WINDOWS, "1d_view", "1d_ev", "default", "7d_view", "28d_view", "dda", "skan_click", "skan_view")
PRESETS = {"today": (0, 0), "yesterday": (1, 1), "last_7d": (7, 1), "last_28d": (28, 1), "last_30d": (30, 1)}
RETIRED_BREAKDOWNS = {"dma": "comscore_market"}
_DOCS = "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/"

Asked = Mapping[str, str]


class Refusal(Exception):
    """An error reply; HTTP 400 unless said otherwise."""

    def __init__(self, code: int, message: str, subcode: int | None = None, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = meta_error(code, message, subcode, **more)


def fields_of(asked: Asked, default: tuple[str, ...]) -> tuple[str, ...]:
    """The names in `fields`, each once."""
    text = asked.get("fields", "")
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip())) or default


def insights_query(asked: Asked, today: date) -> InsightsQuery:
    """The report that is asked for. Raises Refusal for what the service would not take."""
    level = asked.get("level", "account")
    if level not in LEVELS:
        raise Refusal(100, f"(#100) level must be one of the following values: {', '.join(LEVELS)}")
    fields = fields_of(asked, DEFAULT_FIELDS)
    for name in fields:
        if name not in FIELDS:
            text = f"(#100) {name} is not valid for fields param. please check {_DOCS} for all valid values"
            raise Refusal(100, text)
    since, until = _dates(asked, today)
    breakdowns = _breakdowns(asked)
    if breakdowns and UNIQUE_COUNTS & set(fields) and since < _months_before(today, REACH_MONTHS):
        raise Refusal(100, "(#100) Unique counts with breakdowns are kept for 13 months")
    try:
        period_of = periods(asked.get("time_increment", "all_days"), since, until)
    except ValueError:
        raise Refusal(100, "(#100) time_increment must be 1 to 90, monthly or all_days") from None
    windows = list_of(asked.get("action_attribution_windows", "[]"), "action_attribution_windows")
    for index, window in enumerate(windows):
        if window not in WINDOWS:
            text = f"(#100) action_attribution_windows[{index}] must be one of the following values: "
            raise Refusal(100, text + ", ".join(WINDOWS))
    ids, statuses = _filters(asked)
    return InsightsQuery(
        level,
        fields,
        since,
        until,
        period_of,
        tuple(windows),
        asked.get("action_report_time") == "conversion",
        ids,
        statuses,
        breakdowns,
    )


def _breakdowns(asked: Asked) -> tuple[str, ...]:
    names = tuple(name.strip() for name in asked.get("breakdowns", "").split(",") if name.strip())
    for name in names:
        if name in RETIRED_BREAKDOWNS:
            raise Refusal(100, f"(#100) breakdowns: {name} was removed; use {RETIRED_BREAKDOWNS[name]}")
    for known in BREAKDOWNS:
        if set(known) == set(names):
            return known
    raise Refusal(100, f"(#100) Current combination of data breakdown columns ({', '.join(names)}) is invalid")


def _dates(asked: Asked, today: date) -> tuple[date, date]:
    if "time_range" in asked:
        try:
            given = orjson.loads(asked["time_range"])
            since, until = date.fromisoformat(given["since"]), date.fromisoformat(given["until"])
        except (ValueError, KeyError, TypeError):
            text = "(#100) param time_range must be an object with since and until as YYYY-MM-DD"
            raise Refusal(100, text) from None
    else:
        preset = asked.get("date_preset", "last_30d")
        if preset not in PRESETS:
            text = f"(#100) date_preset must be one of the following values: {', '.join(PRESETS)}"
            raise Refusal(100, text)
        since, until = (today - timedelta(days=days) for days in PRESETS[preset])
    if since > until:
        raise Refusal(100, "(#100) time_range: since must not be after until", 1487930)
    if since < _months_before(today, HISTORY_MONTHS):
        text = "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
        raise Refusal(3018, text, 1487930)
    return since, until


def _months_before(today: date, months: int) -> date:
    count = today.year * 12 + today.month - 1 - months
    return date(count // 12, count % 12 + 1, min(today.day, 28))


def _filters(asked: Asked) -> tuple[dict[str, frozenset[str]], frozenset[str] | None]:
    """Wanted ids by entity (campaign, adset, ad), and the wanted statuses; None where no status is named."""
    ids: dict[str, frozenset[str]] = {}
    statuses: frozenset[str] | None = None
    for condition in list_of(asked.get("filtering", "[]"), "filtering"):
        entity, _, name = str(condition.get("field")).partition(".")
        value = condition.get("value")
        wanted = frozenset(map(str, value if isinstance(value, list) else [value]))
        known = entity in ("campaign", "adset", "ad") and condition.get("operator") in {"IN", "EQUAL"}
        if known and name == "id":
            ids[entity] = wanted & ids.get(entity, wanted)
        elif known and name == "effective_status":
            statuses = wanted
        else:
            raise Refusal(100, "(#100) filtering: the sandbox knows id and effective_status, with IN or EQUAL only")
    return ids, statuses


def list_of(text: str, name: str) -> list[Any]:
    """A parameter that holds a JSON array, or names by comma. Raises Refusal."""
    try:
        found = orjson.loads(text)
    except ValueError:
        found = text.split(",")
    if not isinstance(found, list):
        raise Refusal(100, f"(#100) Param {name} must be an array.")
    return found


def page_of(request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of `rows` by `limit` and `after`; the last page has cursors, too, but no `next`."""
    try:
        limit = int(request.query_params.get("limit", DEFAULT_LIMIT))
        after = request.query_params.get("after")
        start = _position(after) + 1 if after else 0
    except ValueError:
        raise Refusal(100, "(#100) Invalid cursor or limit") from None
    if limit < 1:
        raise Refusal(100, "(#100) Param limit must be a positive number")
    page = rows[start : start + limit]
    if not page:
        return {"data": []}
    last = start + len(page) - 1
    paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(last)}}
    if last + 1 < len(rows):
        kept = {name: value for name, value in request.query_params.items() if name not in {"after", "before", "limit"}}
        parameters = urlencode(kept | {"limit": limit, "after": _cursor(last)})
        paging["next"] = f"{str(request.base_url).rstrip('/')}{request.url.path}?{parameters}"
    return {"data": page, "paging": paging}


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode().replace("=", "ZD")


def _position(cursor: str) -> int:
    return int(base64.b64decode(cursor.replace("ZD", "=")))

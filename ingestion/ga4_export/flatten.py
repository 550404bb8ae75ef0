"""GA4's nested event schema to the flat columns of the raw layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts import ARROW_TYPES
from ingestion.ga4_export import EVENT_COLUMNS, RECORDS
from ingestion.spec import ColumnType

_LAST_CLICK = "session_traffic_source_last_click"

PATHS: dict[str, str] = {
    "event_date": "event_date",
    "event_timestamp": "event_timestamp",
    "event_name": "event_name",
    "event_params": "event_params",
    "event_value_in_usd": "event_value_in_usd",
    "user_id": "user_id",
    "user_pseudo_id": "user_pseudo_id",
    "user_first_touch_timestamp": "user_first_touch_timestamp",
    "is_active_user": "is_active_user",
    "analytics_storage": "privacy_info.analytics_storage",
    "ads_storage": "privacy_info.ads_storage",
    "user_properties": "user_properties",
    "device_category": "device.category",
    "device_operating_system": "device.operating_system",
    "device_browser": "device.web_info.browser",
    "device_language": "device.language",
    "geo_country": "geo.country",
    "geo_region": "geo.region",
    "geo_city": "geo.city",
    "hostname": "device.web_info.hostname",
    "stream_id": "stream_id",
    "platform": "platform",
    "first_user_source": "traffic_source.source",
    "first_user_medium": "traffic_source.medium",
    "first_user_campaign": "traffic_source.name",
    "collected_campaign_id": "collected_traffic_source.manual_campaign_id",
    "collected_campaign_name": "collected_traffic_source.manual_campaign_name",
    "collected_source": "collected_traffic_source.manual_source",
    "collected_medium": "collected_traffic_source.manual_medium",
    "collected_term": "collected_traffic_source.manual_term",
    "collected_content": "collected_traffic_source.manual_content",
    "collected_gclid": "collected_traffic_source.gclid",
    "session_campaign_id": f"{_LAST_CLICK}.cross_channel_campaign.campaign_id",
    "session_campaign_name": f"{_LAST_CLICK}.cross_channel_campaign.campaign_name",
    "session_source": f"{_LAST_CLICK}.cross_channel_campaign.source",
    "session_medium": f"{_LAST_CLICK}.cross_channel_campaign.medium",
    "session_channel_group": f"{_LAST_CLICK}.cross_channel_campaign.default_channel_group",
    "session_google_ads_customer_id": f"{_LAST_CLICK}.google_ads_campaign.customer_id",
    "session_google_ads_campaign_id": f"{_LAST_CLICK}.google_ads_campaign.campaign_id",
    "transaction_id": "ecommerce.transaction_id",
    "purchase_revenue": "ecommerce.purchase_revenue",
    "items": "items",
    "batch_event_index": "batch_event_index",
    "batch_ordering_id": "batch_ordering_id",
    "batch_page_id": "batch_page_id",
    "event_previous_timestamp": "event_previous_timestamp",
    "event_bundle_sequence_id": "event_bundle_sequence_id",
    "event_server_timestamp_offset": "event_server_timestamp_offset",
    **{name: name for name in RECORDS},
}
"""Raw column -> path in the export's schema."""

TOP = {path.split(".")[0] for path in PATHS.values()}
"""The schema's own columns."""

NEEDED = ("event_date", "event_timestamp", "event_name")
"""No event is without these."""

# The first of these that is set is the value; float_value is documented as unused and means the same as double_value.
VALUE_KINDS = (
    ("string_value", "string_value"),
    ("int_value", "int_value"),
    ("double_value", "double_value"),
    ("float_value", "double_value"),
)

# When a user property was set; event parameters have no such field.
SET_AT = "set_timestamp_micros"

JSON_COLUMNS = ("event_params", "user_properties")

Field = Mapping[str, Any]
"""A field of a BigQuery schema."""


def params_text(params: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    """`{key: {string_value|int_value|double_value: value}}` as JSON; integers as text, since JSON has no 64 bits.

    A user property has `set_timestamp_micros` besides.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, value in params:
        held = next(((name, value[kind]) for kind, name in VALUE_KINDS if value.get(kind) is not None), None)
        found[key] = {held[0]: _param_value(*held)} if held else {}
        if value.get(SET_AT) is not None:
            found[key][SET_AT] = str(value[SET_AT])
    return _json_text(found)


def _param_value(name: str, content: Any) -> Any:
    return float(content) if name == "double_value" else str(content)


def _json_text(content: Any) -> str | None:
    return orjson.dumps(content).decode() if content else None


def params_expression(params: str, key: str, values: Mapping[str, str]) -> str:
    """DuckDB SQL for the text that `params_text` makes, where Python would take too long over millions of parameters.

    `params` is a list, `key` and `values` (by kind) read an element `p` of it.
    """
    cases = " ".join(
        f"when {values[kind]} is not null then json_object('{name}', {_json_value(name, values[kind])})"
        for kind, name in VALUE_KINDS
        if kind in values
    )
    value = f"case {cases} else '{{}}' end"
    if SET_AT in values:
        set_at = f"json_object('{SET_AT}', cast({values[SET_AT]} as varchar))"
        value = f"case when {values[SET_AT]} is null then {value} else json_merge_patch({value}, {set_at}) end"
    parts = f"list_transform({params}, lambda p: to_json({key}) || ':' || {value})"
    return f"case when len({params}) > 0 then '{{' || array_to_string({parts}, ',') || '}}' end"


def _json_value(name: str, read: str) -> str:
    return f"cast({read} as double)" if name == "double_value" else f"cast({read} as varchar)"


def items_text(items: Any) -> str | None:
    """The items of an event as a JSON array with every value as text and without empty fields; None without items."""
    return _json_text([_texts(item) for item in items or ()])


def record_text(record: Mapping[str, Any] | None) -> str | None:
    """A record as a JSON object with every value as text and without empty fields; None for an empty one."""
    return _json_text(_texts(record))


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: text for key, part in value.items() if (text := _texts(part)) not in (None, [], {})}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def columns_of_json(events: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Events in the export's JSON form (an absent field is null) as one list a column."""
    columns: dict[str, list[Any]] = {}
    for column, path in PATHS.items():
        first, *rest = path.split(".")
        values = [event.get(first) for event in events]
        for name in rest:
            values = [value.get(name) if value else None for value in values]
        columns[column] = values
    for column in JSON_COLUMNS:
        columns[column] = [
            params_text((param["key"], param.get("value") or {}) for param in params or ())
            for params in columns[column]
        ]
    columns["items"] = [items_text(items) for items in columns["items"]]
    for column in RECORDS:
        columns[column] = [record_text(record) for record in columns[column]]
    for name in sorted(set().union(*events) - TOP):
        columns[name_of_new(name)] = [new_text(event.get(name)) for event in events]
    return columns


def name_of_new(name: str) -> str:
    """The raw column of a field that Google has added since: its name, unless a column has that already."""
    return f"export_{name}" if name in EVENT_COLUMNS else name


def new_text(value: Any) -> str | None:
    """What such a field holds, as text; records and lists as JSON."""
    text = _texts(value)
    return text if text is None or isinstance(text, str) else _json_text(text)


def event_table(columns: Mapping[str, Sequence[Any]], property_id: str, first_row: int = 0) -> pa.Table:
    """The Arrow table of `columns`; `row_index` counts on from `first_row`.

    Raises pyarrow.ArrowInvalid where a number or date is none.
    """
    return finished(
        {column: _array(EVENT_COLUMNS.get(column, "text"), values) for column, values in columns.items()},
        property_id,
        range(first_row, first_row + len(columns["event_date"])),
    )


def finished(columns: Mapping[str, Any], property_id: str, rows: Sequence[int]) -> pa.Table:
    """The raw table's columns in order, then what it does not know; `rows` is each row's place in its table."""
    made = {
        **columns,
        "property_id": pa.repeat(pa.scalar(property_id), len(rows)),
        "row_index": pa.array(rows, pa.int64()),
    }
    return pa.table({name: made[name] for name in [*EVENT_COLUMNS, *(made.keys() - EVENT_COLUMNS.keys())]})


def _array(kind: ColumnType, values: Sequence[Any]) -> pa.Array:
    if kind == "date":
        return pc.strptime(pa.array(values, pa.string()), "%Y%m%d", "s").cast(pa.date32())
    if kind == "text":
        return pa.array([value if value is None else str(value) for value in values], pa.string())
    if any(isinstance(value, str) for value in values):
        return pa.array([value if value is None else str(value).lower() for value in values]).cast(ARROW_TYPES[kind])
    return pa.array(values, ARROW_TYPES[kind])

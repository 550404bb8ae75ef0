"""GA4's nested event schema to the flat columns of the raw layer, from the wire form and from JSON files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ga4_export import EVENT_COLUMNS
from ingestion.privacy import hide_emails

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
}
"""Raw column -> path in the export's schema."""

NEEDED = ("event_date", "event_timestamp", "event_name")
"""No event is without these."""

# The first of these that is set is the value; float_value is documented as unused and means the same as double_value.
VALUE_KINDS = (
    ("string_value", "string_value"),
    ("int_value", "int_value"),
    ("double_value", "double_value"),
    ("float_value", "double_value"),
)

_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
}


def params_text(params: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    """`{key: {string_value|int_value|double_value: value}}` as JSON; integers as text, since JSON has no 64 bits."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in params:
        for kind, name in VALUE_KINDS:
            if (content := value.get(kind)) is not None:
                found[key] = {name: _param_value(name, content)}
                break
        else:
            found[key] = {}
    return _json_text(found)


def _param_value(name: str, content: Any) -> Any:
    return float(content) if name == "double_value" else str(content)


def _json_text(content: Any) -> str | None:
    return hide_emails(orjson.dumps(content).decode()) if content else None


def items_text(items: Any) -> str | None:
    """The items of an event as a JSON array with every value as text and without empty fields; None without items."""
    return _json_text([_texts(item) for item in items or ()])


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _texts(part) for key, part in value.items() if part is not None and part != []}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    return str(value)


def columns_of_json(events: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Events in the export's JSON form (an absent field is null) as one list a column."""
    columns: dict[str, list[Any]] = {}
    for column, path in PATHS.items():
        first, *rest = path.split(".")
        values = [event.get(first) for event in events]
        for name in rest:
            values = [value.get(name) if value else None for value in values]
        columns[column] = values
    for column in ("event_params", "user_properties"):
        columns[column] = [
            params_text((param["key"], param.get("value") or {}) for param in params or ())
            for params in columns[column]
        ]
    columns["items"] = [items_text(items) for items in columns["items"]]
    return columns


class WireDecoder:
    """Reads tabledata.list rows, which are positional and all text, by the table's schema.

    The reply holds the columns of `selected_fields` in the schema's order.
    """

    def __init__(self, schema: Sequence[Mapping[str, Any]]) -> None:
        self._fields = _prune(schema, {tuple(path.split(".")) for path in PATHS.values()})
        self.selected_fields = ",".join(_leaves(self._fields))
        self.missing = sorted(set(PATHS.values()) - set(self.selected_fields.split(",")))

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """One list a column; fields that the table does not have are lists of None."""
        nothing = [None] * len(rows)
        return {column: self._values(path.split("."), rows) or nothing for column, path in PATHS.items()}

    def _values(self, path: list[str], rows: Sequence[Mapping[str, Any]]) -> list[Any] | None:
        fields = self._fields
        records: list[Any] = list(rows)
        for name in path:
            position = next((n for n, field in enumerate(fields) if field["name"] == name), None)
            if position is None:
                return None
            field = fields[position]
            fields = field.get("fields", [])
            records = [record["f"][position]["v"] if record else None for record in records]
        if field.get("mode") != "REPEATED":
            return records
        read = _params_reader(field) if path[-1] in ("event_params", "user_properties") else _items_reader(field)
        return [read(record) if record else None for record in records]


def _prune(fields: Sequence[Mapping[str, Any]], wanted: set[tuple[str, ...]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for field in fields:
        below = {path[1:] for path in wanted if path[0] == field["name"]}
        if () in below:
            kept.append(dict(field))
        elif below and (inner := _prune(field.get("fields", []), below)):
            kept.append({**field, "fields": inner, "is_partial": True})
    return kept


def _leaves(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for field in fields:
        inner = _leaves(field["fields"]) if field.get("is_partial") else []
        found += [f"{field['name']}.{leaf}" for leaf in inner] or [field["name"]]
    return found


def _params_reader(field: Mapping[str, Any]) -> Callable[[list[Any]], str | None]:
    names = [part["name"] for part in field["fields"]]
    key_at, value_at = names.index("key"), names.index("value")
    inner = [part["name"] for part in field["fields"][value_at]["fields"]]
    # Positions in the order of VALUE_KINDS: most values are text or integers.
    kinds = [(inner.index(kind), name) for kind, name in VALUE_KINDS if kind in inner]

    def read(params: list[Any]) -> str | None:
        found: dict[str, dict[str, Any]] = {}
        for param in params:
            parts = param["v"]["f"]
            record = parts[value_at]["v"]
            values = record["f"] if record else ()
            held: dict[str, Any] = {}
            if values:
                for position, name in kinds:
                    value = values[position]["v"]
                    if value is not None:
                        held[name] = float(value) if name == "double_value" else value
                        break
            found[parts[key_at]["v"]] = held
        return _json_text(found)

    return read


def _items_reader(field: Mapping[str, Any]) -> Callable[[list[Any]], str | None]:
    return lambda items: items_text([_record(field["fields"], item["v"]) for item in items])


def _record(fields: Sequence[Mapping[str, Any]], value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, part in zip(fields, value["f"], strict=True):
        content = part["v"]
        if content is not None and field.get("mode") == "REPEATED":
            content = [_record(field["fields"], one["v"]) if "fields" in field else one["v"] for one in content]
        elif content is not None and "fields" in field:
            content = _record(field["fields"], content)
        found[field["name"]] = content
    return found


def event_table(columns: Mapping[str, Sequence[Any]], property_id: str, first_row: int = 0) -> pa.Table:
    """An Arrow table with the columns of the raw table; `row_index` counts on from `first_row`.

    Raises pyarrow.ArrowInvalid where a number or date is none.
    """
    size = len(columns["event_name"])
    arrays: dict[str, pa.Array] = {
        "property_id": pa.repeat(pa.scalar(property_id), size),
        "row_index": pa.array(range(first_row, first_row + size), pa.int64()),
    }
    for column, values in columns.items():
        arrays[column] = _array(EVENT_COLUMNS[column], values)
    for column in ("user_id", "transaction_id"):
        # Shops that identify people by their address put it here.
        if any(value and "@" in value for value in columns[column]):
            arrays[column] = pa.array([value and hide_emails(str(value)) for value in columns[column]], pa.string())
    return pa.table({column: arrays[column] for column in EVENT_COLUMNS})


def _array(kind: str, values: Sequence[Any]) -> pa.Array:
    if kind == "date":
        return pc.strptime(pa.array(values, pa.string()), "%Y%m%d", "s").cast(pa.date32())
    if kind == "text":
        texts = values if all(value is None or isinstance(value, str) for value in values) else list(map(_text, values))
        return pa.array(texts, pa.string())
    if any(isinstance(value, str) for value in values):
        return pa.array(list(map(_text, values)), pa.string()).cast(_ARROW[kind])
    return pa.array(values, _ARROW[kind])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)

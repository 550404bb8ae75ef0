from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ingestion.contracts import conform
from ingestion.ga4_export import EVENT_COLUMNS, SPEC
from ingestion.ga4_export.flatten import PATHS, columns_of_json, event_table, items_text, params_text
from ingestion.ga4_export.wire import WireDecoder
from warehouse.errors import ConfigurationError

_VALUE = [{"name": name, "type": "STRING"} for name in ("string_value", "int_value", "float_value", "double_value")]
# A table of an old property: fields in an order of its own, some of them absent, some that nobody asks for.
SCHEMA: list[dict[str, Any]] = [
    {"name": "event_name", "type": "STRING", "mode": "NULLABLE"},
    {"name": "event_date", "type": "STRING", "mode": "NULLABLE"},
    {"name": "event_bundle_sequence_id", "type": "INTEGER", "mode": "NULLABLE"},
    {"name": "event_timestamp", "type": "INTEGER", "mode": "NULLABLE"},
    {
        "name": "event_params",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [{"name": "key", "type": "STRING"}, {"name": "value", "type": "RECORD", "fields": _VALUE}],
    },
    {
        "name": "device",
        "type": "RECORD",
        "mode": "NULLABLE",
        "fields": [
            {"name": "vendor_id", "type": "STRING"},
            {"name": "category", "type": "STRING"},
            {
                "name": "web_info",
                "type": "RECORD",
                "fields": [{"name": "browser_version", "type": "STRING"}, {"name": "hostname", "type": "STRING"}],
            },
        ],
    },
    {"name": "is_active_user", "type": "BOOLEAN", "mode": "NULLABLE"},
    {"name": "event_value_in_usd", "type": "FLOAT", "mode": "NULLABLE"},
    {
        "name": "items",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "item_id", "type": "STRING"},
            {"name": "coupon", "type": "STRING"},
            {"name": "price", "type": "FLOAT"},
            {
                "name": "item_params",
                "type": "RECORD",
                "mode": "REPEATED",
                "fields": [{"name": "key", "type": "STRING"}],
            },
        ],
    },
]


def v(value: Any) -> dict[str, Any]:
    return {"v": value}


def record(*values: Any) -> dict[str, Any]:
    return {"f": [v(value) for value in values]}


def param(key: str, *values: Any) -> dict[str, Any]:
    return v(record(key, record(*values)))


ROW = record(
    "purchase",
    "20261120",
    "42",
    "1795219200123456",
    [
        param("ga_session_id", None, "1795219000", None, None),
        param("page_location", "https://larkspur.example/?gclid=Cj0", None, None, None),
        param("value", None, None, None, "19.9"),
        param("legacy", None, None, "0.5", None),
        param("empty", None, None, None, None),
    ],
    record(None, "desktop", record("142.0", "larkspur.example")),
    "true",
    "23.5",
    [v(record("LK-101", None, "190.0", []))],
)
BARE = record("page_view", "20261120", None, "1795219200123457", [], None, None, None, [])


def page(*rows: Any, token: str | None = None) -> bytes:
    return json.dumps(
        {"totalRows": str(len(rows)), "rows": rows, **({"pageToken": token} if token else {})}, ensure_ascii=False
    ).encode()


def page_of_width(width: int) -> bytes:
    return page(record(*["20261120"] * width))


def test_the_wires_rows_are_read_by_position() -> None:
    decoder = WireDecoder(SCHEMA)
    table, total, token = decoder.table(page(ROW, BARE, token="next"), "345", first_row=7)
    assert (total, token) == (2, "next")
    first, second = table.to_pylist()
    assert list(first) == list(EVENT_COLUMNS)
    assert {key: value for key, value in first.items() if value is not None} == {
        "property_id": "345",
        "event_date": date(2026, 11, 20),
        "row_index": 7,
        "event_timestamp": 1795219200123456,
        "event_name": "purchase",
        "event_params": '{"ga_session_id":{"int_value":"1795219000"},'
        '"page_location":{"string_value":"https://larkspur.example/?gclid=Cj0"},'
        '"value":{"double_value":19.9},"legacy":{"double_value":0.5},"empty":{}}',
        "event_value_in_usd": 23.5,
        "is_active_user": True,
        "device_category": "desktop",
        "hostname": "larkspur.example",
        "items": '[{"item_id":"LK-101","price":"190.0"}]',
        "event_bundle_sequence_id": 42,
        "device": '{"category":"desktop","web_info":{"browser_version":"142.0","hostname":"larkspur.example"}}',
    }
    assert {key: value for key, value in second.items() if value is not None} == {
        "property_id": "345",
        "event_date": date(2026, 11, 20),
        "row_index": 8,
        "event_timestamp": 1795219200123457,
        "event_name": "page_view",
    }


def test_a_field_that_google_has_added_is_kept_under_its_name() -> None:
    fields = [{"name": "plan", "type": "STRING"}, {"name": "tiers", "type": "STRING", "mode": "REPEATED"}]
    added = [
        {"name": "score", "type": "FLOAT", "mode": "NULLABLE"},
        {"name": "loyalty", "type": "RECORD", "mode": "NULLABLE", "fields": fields},
    ]
    row = {"f": [*BARE["f"], v("0.5"), v(record("gold", [v("a"), v("b")]))]}
    table, _, _ = WireDecoder([*SCHEMA, *added]).table(page(row), "345")
    assert table.select(["score", "loyalty"]).to_pylist() == [
        {"score": "0.5", "loyalty": '{"plan":"gold","tiers":["a","b"]}'}
    ]


def test_a_user_property_keeps_when_it_was_set() -> None:
    value = [*_VALUE, {"name": "set_timestamp_micros", "type": "INTEGER"}]
    fields = [{"name": "key", "type": "STRING"}, {"name": "value", "type": "RECORD", "fields": value}]
    column = {"name": "user_properties", "type": "RECORD", "mode": "REPEATED", "fields": fields}
    properties = [
        param("plan", "gold", None, None, None, "1795219200000000"),
        param("seats", None, "7", None, None, None),
        param("left", None, None, None, None, "1795219200000001"),
    ]
    table, _, _ = WireDecoder([*SCHEMA, column]).table(page({"f": [*BARE["f"], v(properties)]}), "345")
    expected = (
        '{"plan":{"string_value":"gold","set_timestamp_micros":"1795219200000000"},"seats":{"int_value":"7"},'
        '"left":{"set_timestamp_micros":"1795219200000001"}}'
    )
    assert table["user_properties"].to_pylist() == [expected]
    dropped = [
        ("plan", {"string_value": "gold", "set_timestamp_micros": 1795219200000000}),
        ("seats", {"int_value": 7}),
        ("left", {"set_timestamp_micros": "1795219200000001"}),
    ]
    assert params_text(dropped) == expected


def test_an_empty_page_is_an_empty_table_with_all_columns() -> None:
    table, total, token = WireDecoder(SCHEMA).table(b'{"kind":"bigquery#tableDataList","totalRows":"0"}', "345")
    assert (table.num_rows, table.column_names) == (0, list(EVENT_COLUMNS))
    assert (total, token) == (0, None)


@pytest.mark.parametrize("content", [b"{broken", b"\xff", page_of_width(8), page_of_width(10)])
def test_a_page_that_is_not_what_was_asked_for_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="does not fit the table's schema"):
        WireDecoder(SCHEMA).table(content, "345")


def test_every_column_has_a_path() -> None:
    assert set(PATHS) == set(EVENT_COLUMNS) - {"property_id", "row_index"}


def test_json_events_are_read_like_the_wire() -> None:
    event = {
        "event_name": "purchase",
        "event_date": "20261120",
        "event_timestamp": "1795219200123456",
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": "1795219000"}},
            {"key": "page_location", "value": {"string_value": "https://larkspur.example/?gclid=Cj0"}},
            {"key": "value", "value": {"double_value": 19.9}},
            {"key": "legacy", "value": {"float_value": 0.5}},
            {"key": "empty"},
        ],
        "event_bundle_sequence_id": 42,
        "device": {"category": "desktop", "web_info": {"browser_version": "142.0", "hostname": "larkspur.example"}},
        "is_active_user": True,
        "event_value_in_usd": 23.5,
        "items": [{"item_id": "LK-101", "price": 190.0, "item_params": []}],
    }
    bare = {"event_name": "page_view", "event_date": "20261120", "event_timestamp": 1795219200123457, "device": None}
    wire, _total, _token = WireDecoder(SCHEMA).table(page(ROW, BARE), "345")
    assert event_table(columns_of_json([event, bare]), "345").to_pylist() == wire.to_pylist()


def test_addresses_in_events_are_hashed_when_they_land(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")
    # echo -n anna@example.com | openssl dgst -sha256 -hmac test-key
    hashed = "3efc75d3fd6614c474df00a9862a7b8de6ee45325b632a22da0b7da1d10b2ca4"
    pages = ["https://larkspur.example/?mail=anna%40example.com&x=1", "https://medium.example/@anna/post"]
    events = [
        {
            "event_name": "x",
            "event_date": "20261120",
            "event_timestamp": 1,
            "user_id": "Anna@example.com",
            "collected_traffic_source": {"manual_content": "anna%2540example.com"},
            "event_params": [{"key": "page_location", "value": {"string_value": location}}],
        }
        for location in pages
    ]
    table = conform(SPEC, SPEC.table("events"))(event_table(columns_of_json(events), "345"))
    assert table["user_id"].to_pylist() == [hashed, hashed]
    assert table["collected_content"].to_pylist() == [hashed, hashed]
    assert table["event_params"].to_pylist() == [
        f'{{"page_location":{{"string_value":"https://larkspur.example/?mail={hashed}&x=1"}}}}',
        f'{{"page_location":{{"string_value":"{pages[1]}"}}}}',
    ]


def test_no_items_is_null() -> None:
    assert items_text(None) is None
    assert items_text([]) is None

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.file_drop.events import EventFiles
from warehouse.errors import ConfigurationError

EVENTS: list[dict[str, Any]] = [
    {
        "event_date": "20261120",
        "event_timestamp": "1795219200000001",
        "event_name": "page_view",
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": "1795219000"}},
            {"key": "page_title", "value": {"string_value": 'Büro "A"'}},
            {"key": "value", "value": {"double_value": 2.5}},
        ],
        "user_pseudo_id": "1.2",
        "device": {"category": "mobile", "web_info": {"browser": "Safari", "hostname": "larkspur.example"}},
        "session_traffic_source_last_click": {"cross_channel_campaign": {"default_channel_group": "Paid Search"}},
        "ecommerce": {"purchase_revenue": 12.5, "transaction_id": "T1"},
        "items": [{"item_id": "LK-101", "quantity": 2}],
        "is_active_user": True,
    },
    {"event_date": "20261121", "event_timestamp": "1795305600000002", "event_name": "scroll", "event_params": []},
]


def read(path: Path) -> EventFiles:
    files = EventFiles("345")
    files.add(path, f"ga4_events/{path.name}")
    return files


def write_jsonl(path: Path, lines: list[Any]) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def write_parquet(folder: Path, events: list[Any]) -> Path:
    source, path = write_jsonl(folder / "source.json", events), folder / "events.parquet"
    nested = (
        "{event_date: 'varchar', event_timestamp: 'bigint', event_name: 'varchar', event_params: 'struct(key varchar, "
        "value struct(string_value varchar, int_value bigint, float_value double, double_value double))[]', "
        "user_pseudo_id: 'varchar', device: 'struct(category varchar, web_info struct(browser varchar, hostname "
        "varchar))', session_traffic_source_last_click: 'struct(cross_channel_campaign struct(default_channel_group "
        "varchar))', ecommerce: 'struct(purchase_revenue double, transaction_id varchar)', "
        "items: 'struct(item_id varchar, quantity bigint)[]', is_active_user: 'boolean'}"
    )
    with duckdb.connect() as con:
        con.execute(f"copy (from read_json('{source}', columns = {nested})) to '{path}' (format parquet)")
    return path


def test_parquet_and_json_give_the_same_rows(tmp_path: Path) -> None:
    by_json = read(write_jsonl(tmp_path / "events.jsonl", EVENTS))
    by_parquet = read(write_parquet(tmp_path, EVENTS))
    first, second = by_json.tables[0].drop_columns("file_name").to_pylist()
    assert by_parquet.tables[0].drop_columns("file_name").to_pylist() == [first, second]
    assert json.loads(first["event_params"]) == {
        "ga_session_id": {"int_value": "1795219000"},
        "page_title": {"string_value": 'Büro "A"'},
        "value": {"double_value": 2.5},
    }
    assert (first["device_browser"], first["session_channel_group"], first["purchase_revenue"], first["items"]) == (
        "Safari",
        "Paid Search",
        "12.5",
        '[{"item_id":"LK-101","quantity":"2"}]',
    )
    assert (second["row_index"], second["event_params"], second["device_category"]) == (1, None, None)


def test_what_google_has_added_is_kept_from_either_kind_of_file(tmp_path: Path) -> None:
    added = {"score": 0.5, "loyalty": {"plan": "gold", "since": None, "tiers": ["a", "b"]}, "device_category": "tv"}
    by_json = read(write_jsonl(tmp_path / "events.jsonl", [{**EVENTS[0], **added}, EVENTS[1]]))
    path = tmp_path / "added.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"copy (select *, 0.5::double as score, {{'plan': 'gold', 'since': null::int, 'tiers': ['a', 'b']}} as "
            f"loyalty, 'tv' as device_category from '{write_parquet(tmp_path, EVENTS[:1])}') "
            f"to '{path}' (format parquet)"
        )
    names = ["score", "loyalty", "export_device_category"]
    first = {"score": "0.5", "loyalty": '{"plan":"gold","tiers":["a","b"]}', "export_device_category": "tv"}
    assert by_json.tables[0].select(names).to_pylist() == [first, dict.fromkeys(names)]
    assert read(path).tables[0].select(names).to_pylist() == [first]
    assert read(path).tables[0]["device_category"].to_pylist() == ["mobile"]


def test_bad_lines_are_set_aside_without_their_text(tmp_path: Path) -> None:
    secret = {"event_date": "20261120", "event_timestamp": 1, "user_id": "anna@example.com"}
    path = write_jsonl(
        tmp_path / "events.jsonl",
        ["{broken", EVENTS[0], "", secret, "[]", {**EVENTS[0], "event_date": "20260231"}, EVENTS[1]],
    )
    files = read(path)
    assert files.rows == 2
    assert [(row["line_number"], row["field"], row["value"]) for row in files.quarantine] == [
        (1, "(line)", None),
        (4, "event_name", None),
        (5, "(line)", None),
        (6, "event_date", "20260231"),
    ]
    assert "anna" not in str(files.quarantine)


def test_an_event_of_another_shape_is_set_aside_alone(tmp_path: Path) -> None:
    number = {"key": "value", "value": {"double_value": "many"}}
    lines: list[Any] = [
        EVENTS[0],
        {**EVENTS[1], "event_params": "none"},
        {**EVENTS[1], "event_params": [number]},
        {**EVENTS[1], "device": {"web_info": "Safari"}},
        {**EVENTS[1], "event_params": [{"value": {"int_value": 1}}]},
        EVENTS[1],
    ]
    files = read(write_jsonl(tmp_path / "events.jsonl", lines))
    assert files.rows == 2
    reason = "is not in GA4's BigQuery schema; export it again"
    assert [(row["line_number"], row["value"], row["reason"]) for row in files.quarantine] == [
        (number, None, reason) for number in (2, 3, 4, 5)
    ]


def test_bad_rows_of_parquet_are_set_aside(tmp_path: Path) -> None:
    files = read(write_parquet(tmp_path, [{**EVENTS[0], "event_name": None}, EVENTS[1]]))
    assert [row["event_name"] for table in files.tables for row in table.to_pylist()] == ["scroll"]
    assert [(row["line_number"], row["field"]) for row in files.quarantine] == [(1, "event_name")]


def test_rows_count_on_from_file_to_file(tmp_path: Path) -> None:
    files = EventFiles("345")
    path = write_jsonl(tmp_path / "events.jsonl", EVENTS)
    files.add(path, "a.jsonl")
    files.add(path, "b.jsonl")
    indexes = [(row["file_name"], row["row_index"]) for table in files.tables for row in table.to_pylist()]
    assert indexes == [("a.jsonl", 0), ("a.jsonl", 1), ("b.jsonl", 2), ("b.jsonl", 3)]


def test_a_file_that_is_no_parquet_or_lacks_a_column_stops_the_load(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"date,cost\n")
    with pytest.raises(ConfigurationError, match=r"^ga4_events/x\.parquet: is no Parquet file"):
        read(path)
    with duckdb.connect() as con:
        con.execute(f"copy (select '20261120' as event_date) to '{path}' (format parquet)")
    with pytest.raises(ConfigurationError, match="column 'event_timestamp' is missing"):
        read(path)
    with duckdb.connect() as con:
        columns = "'20261120' as event_date, 1 as event_timestamp, 'x' as event_name, '{}' as event_params"
        con.execute(f"copy (select {columns}) to '{path}' (format parquet)")
    with pytest.raises(ConfigurationError, match="column 'event_params' is no list of key and value"):
        read(path)


def test_a_damaged_parquet_file_is_named_and_nothing_of_it_quoted(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, EVENTS * 5000)
    whole = path.read_bytes()
    for content in (
        whole[: len(whole) // 2],
        whole[: len(whole) // 4] + bytes(len(whole) // 4) + whole[len(whole) // 2 :],
    ):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError) as caught:
            read(path)
        assert str(caught.value) in (
            "ga4_events/events.parquet: is no Parquet file; export it again",
            "ga4_events/events.parquet: is damaged or cut off; export it again",
        )

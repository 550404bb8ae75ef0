from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import requests

from ingestion.sandbox.events import events_for
from ingestion.sandbox.export_schema import SCHEMA
from ingestion.sandbox.faults import FAULTS
from ingestion.sandbox.model import World
from ingestion.sandbox.running import RunningSandbox
from ingestion.sandbox.tabledata import RowRenderer, UnknownField, select

PATH = "/bigquery/v2/projects/larkspur-analytics/datasets/analytics_345678901/tables"
DISCOVERY = "ga4_bigquery/discovery_bigquery.v2.json"

Get = Callable[..., requests.Response]


@pytest.fixture
def get(sandbox: RunningSandbox, google: requests.Session) -> Get:
    def ask(path: str = "", **parameters: Any) -> requests.Response:
        return google.get(f"{sandbox.url}{PATH}{path}", params=parameters, timeout=60)

    return ask


def decoded(schema: list[dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
    """A positional row as names and texts; NULLs, and parameters that no item has, left out."""
    result: dict[str, Any] = {}
    for field, cell in zip(schema, row["f"], strict=True):
        value = cell["v"]
        if field["mode"] == "REPEATED":
            if value or field["name"] != "item_params":
                result[field["name"]] = [decoded(field["fields"], one["v"]) for one in value]
        elif value is not None:
            result[field["name"]] = decoded(field["fields"], value) if "fields" in field else value
    return result


def as_text(value: Any) -> Any:
    """A logical event as BigQuery writes it: every scalar a text, NULLs left out."""
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_tables_are_listed_page_by_page(get: Get) -> None:
    names: list[str] = []
    token = None
    while True:
        reply = get(maxResults=150, **({"pageToken": token} if token else {})).json()
        names += [table["tableReference"]["tableId"] for table in reply["tables"]]
        token = reply.get("nextPageToken")
        if not token:
            break
    # 400 days without today, which is under way, and without the day on which tracking was broken.
    assert len(names) == 398
    assert names[0] == "events_20251020"
    assert names[-1] == "events_20261122"
    assert "events_20260317" not in names


def test_rows_are_the_events(get: Get, world: World) -> None:
    reply = get("/events_20261110/data", **{"formatOptions.useInt64Timestamp": "true"}).json()
    events = events_for(world, date(2026, 11, 10))
    assert reply["totalRows"] == str(len(events))
    schema = get("/events_20261110").json()["schema"]["fields"]
    # Row by row, value by value, against what was simulated.
    assert [decoded(schema, row) for row in reply["rows"]] == [as_text(event) for event in events]


def test_pages_make_the_whole_table(get: Get) -> None:
    whole = get("/events_20261110/data", selectedFields="event_name").json()["rows"]
    paged: list[Any] = []
    parameters: dict[str, Any] = {"maxResults": 200, "selectedFields": "event_name"}
    while True:
        reply = get("/events_20261110/data", **parameters).json()
        paged += reply["rows"]
        if "pageToken" not in reply:
            break
        parameters["pageToken"] = reply["pageToken"]
    assert paged == whole
    assert len(whole) > 400


def test_selected_fields_come_in_the_schemas_order(get: Get) -> None:
    reply = get("/events_20261110/data", maxResults=1, selectedFields="device.category,event_name").json()
    name, device = reply["rows"][0]["f"]
    assert isinstance(name["v"], str)
    assert device["v"]["f"][0]["v"] in ("desktop", "mobile", "tablet")
    unknown = get("/events_20261110/data", selectedFields="device.colour")
    assert unknown.status_code == 400
    assert unknown.json()["error"]["errors"][0]["reason"] == "invalid"


def test_a_table_is_rewritten_for_three_days(get: Get, sandbox: RunningSandbox) -> None:
    seen = []
    for day in (19, 20, 21, 22, 23):
        # Back in time: the token that was issued at the start stays valid.
        sandbox.set_clock(f"2026-11-{day}T06:00:00+00:00")
        table = get("/events_20261118").json()
        seen.append((int(table["numRows"]), int(table["lastModifiedTime"])))
    rows, modified = zip(*seen, strict=True)
    assert rows[0] < rows[1] <= rows[2] <= rows[3] == rows[4]
    assert len(set(modified)) == 4
    assert modified[3] == modified[4]
    # 18 November ends in Berlin at 23:00 UTC.
    assert modified[0] == 1795042800000
    sandbox.set_clock("2026-11-18T22:00:00+00:00")
    assert get("/events_20261118").status_code == 404


def test_what_is_not_there_is_refused(sandbox: RunningSandbox, google: requests.Session, get: Get) -> None:
    missing = get("/events_20260317/data")
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == (
        "Not found: Table larkspur-analytics:analytics_345678901.events_20260317"
    )
    other = google.get(f"{sandbox.url}{PATH.replace('larkspur', 'other')}", timeout=30)
    assert (other.status_code, other.json()["error"]["errors"][0]["reason"]) == (403, "accessDenied")
    dataset = google.get(f"{sandbox.url}{PATH.replace('345678901', '1')}", timeout=30)
    assert dataset.status_code == 404
    assert requests.get(f"{sandbox.url}{PATH}", timeout=30).status_code == 401
    assert get(pageToken="!").status_code == 400
    assert get("/events_20261110/data", maxResults="many").status_code == 400


def test_rendering_by_hand() -> None:
    schema = select(SCHEMA, ["event_name", "event_params", "is_active_user", "items.item_id", "items.price"])
    shared = {"key": "a", "value": {"int_value": 7}}
    event = {
        "event_name": 'say "hi"',
        "event_params": [shared, shared],
        "is_active_user": False,
        "items": [{"item_id": "x", "price": 190.0}],
    }
    one = '{"v":{"f":[{"v":"a"},{"v":{"f":[{"v":null},{"v":"7"},{"v":null},{"v":null}]}}]}}'
    assert RowRenderer(schema).rows([event, {"event_name": None, "event_params": []}]) == [
        '{"f":[{"v":"say \\"hi\\""},{"v":[' + one + "," + one + ']},{"v":[{"v":{"f":[{"v":"x"},{"v":"190.0"}]}}]},'
        '{"v":"false"}]}',
        '{"f":[{"v":null},{"v":[]},{"v":[]},{"v":null}]}',
    ]
    with pytest.raises(UnknownField):
        select(SCHEMA, ["event_name.part"])


def test_replies_are_as_google_describes_them(get: Get, discovery: Callable[[str, str, Any], None]) -> None:
    for schema, reply in (
        ("TableList", get(maxResults=3)),
        ("TableDataList", get("/events_20261110/data", startIndex=10**6)),
        ("Table", get("/events_20261110")),
        ("TableDataList", get("/events_20261110/data", maxResults=20)),
    ):
        discovery(DISCOVERY, schema, reply.json())


def test_a_day_under_way_has_a_table_of_its_own_where_the_export_streams(get: Get, sandbox: RunningSandbox) -> None:
    name = "events_intraday_20261123"
    assert get(f"/{name}").status_code == 404
    sandbox.set_condition("bigquery/streaming", True)
    names = [table["tableReference"]["tableId"] for table in get(maxResults=1000).json()["tables"]]
    assert names[-2:] == ["events_20261122", name]
    rows = get(f"/{name}/data", selectedFields="event_timestamp").json()["rows"]
    assert get(f"/{name}").json()["numRows"] == str(len(rows))
    # 08:00 UTC is the ninth hour of the day in Berlin.
    assert 0 < max(int(row["f"][0]["v"]) for row in rows) <= 1_795_420_800_000_000


def test_tables_expire_where_the_project_has_no_billing(get: Get, sandbox: RunningSandbox) -> None:
    sandbox.set_condition("bigquery/expire_days", 60)
    tables = get(maxResults=1000).json()["tables"]
    assert tables[0]["tableReference"]["tableId"] == "events_20260924"
    assert int(tables[0]["expirationTime"]) - int(tables[0]["creationTime"]) == 60 * 86_400_000
    assert get("/events_20260923/data").status_code == 404


def test_columns_are_added_and_change_their_type(get: Get, sandbox: RunningSandbox) -> None:
    sandbox.set_condition("bigquery/new_field", "loyalty_tier")
    sandbox.set_condition("bigquery/field_types", {"event_timestamp": "STRING"})
    schema = get("/events_20261110").json()["schema"]["fields"]
    assert schema[-1] == {"name": "loyalty_tier", "type": "STRING", "mode": "NULLABLE"}
    assert {field["name"]: field["type"] for field in schema}["event_timestamp"] == "STRING"
    (row,) = get("/events_20261110/data", maxResults=1).json()["rows"]
    assert (len(row["f"]), row["f"][-1]) == (len(schema), {"v": "new"})


def test_refusals_have_the_shape_of_bigquerys_errors(
    get: Get, sandbox: RunningSandbox, discovery: Callable[[str, str, Any], None]
) -> None:
    def check(reply: requests.Response) -> None:
        error = reply.json()["error"]
        assert error.keys() - {"details"} == {"code", "message", "errors", "status"}
        assert (error["code"], error["errors"][0]["message"]) == (reply.status_code, error["message"])
        for entry in error["errors"]:
            # The envelope of a refusal adds two fields to what the error of a job has.
            discovery(DISCOVERY, "ErrorProto", {k: v for k, v in entry.items() if k not in ("domain", "locationType")})

    check(get("/events_20260317"))
    check(get(pageToken="!"))
    check(get("/events_20261110/data", selectedFields="device.colour"))
    for name in (name for name, one in FAULTS.items() if name.startswith("bigquery.") and isinstance(one.body, dict)):
        sandbox.inject_named(name)
        check(get())

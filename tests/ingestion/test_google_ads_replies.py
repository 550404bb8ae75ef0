"""From the bytes of a reply to columns, without a server."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ingestion.google_ads.queries import query
from ingestion.google_ads.replies import Replies
from ingestion.google_ads.report import Report
from ingestion.google_ads.tables import CLICK_VIEW, CUSTOMERS, DAILY, REPORTS, STANDALONE
from ingestion.sandbox import gaql, google_ads_fields
from ingestion.spec import Window
from tests.ingestion.sandbox.tiny import fixture_file
from warehouse.errors import ConfigurationError

CAMPAIGN, ADS = DAILY[0], next(report for report in DAILY if report.name == "ad_daily")
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))


def read(report: Report, *chunks: dict[str, Any]) -> list[dict[str, Any]]:
    table, sizes = Replies().table(report, [("2", json.dumps(chunks).encode())])
    rows: list[dict[str, Any]] = table.to_pylist()
    assert sizes == [len(rows)]
    return rows


@pytest.mark.parametrize("report", (*REPORTS, STANDALONE), ids=lambda report: f"{report.name} from {report.resource}")
def test_every_table_asks_for_its_columns_and_the_vendor_knows_each_field(report: Report) -> None:
    assert {*report.fields, "customer_id"} >= set(report.table.columns) - {"level", "is_hidden"}
    parsed = gaql.parse(query(report, WEEK))
    google_ads_fields.validate(parsed)
    assert parsed.resource == report.resource


def test_the_query_is_bounded_by_its_days() -> None:
    assert query(CLICK_VIEW, Window(WEEK.end, WEEK.end)).endswith(" FROM click_view WHERE segments.date = '2026-11-22'")
    assert query(CAMPAIGN, WEEK).endswith("segments.date BETWEEN '2026-11-16' AND '2026-11-22'")
    with pytest.raises(ValueError, match="needs a window"):
        query(CAMPAIGN)


def test_rows_of_all_chunks_keep_the_wires_text_and_what_is_absent_is_null() -> None:
    first = {
        "results": [
            {
                "campaign": {"resourceName": "customers/2/campaigns/1", "id": "1", "name": 'Büro "A"'},
                "segments": {"date": "2026-11-20", "device": "MOBILE"},
                "metrics": {"costMicros": "9223372036854775807", "conversions": 6.623899, "impressions": "0"},
                "somethingNew": {"x": [1]},
            }
        ],
        "requestId": "a",
    }
    second = {"results": [{"campaign": {"id": "2"}, "segments": {"date": "2026-11-21"}}]}
    rows = read(CAMPAIGN, first, {"fieldMask": "campaign.id"}, second)
    assert [str(row["date"]) for row in rows] == ["2026-11-20", "2026-11-21"]
    assert rows[0] | {"date": None} == dict.fromkeys(CAMPAIGN.table.columns) | {
        "customer_id": "2", "campaign_id": "1", "campaign_name": 'Büro "A"', "device": "MOBILE", "impressions": "0",
        "cost_micros": "9223372036854775807", "conversions": 6.623899,
    }  # fmt: skip
    assert rows[1]["cost_micros"] is None


def test_a_click_names_its_ad_and_one_without_gclid_is_left_out() -> None:
    click = {"gclid": "Cj0A", "adGroupAd": "customers/2/adGroupAds/22~333"}
    day = {"date": "2026-11-20"}
    rows = read(CLICK_VIEW, {"results": [{"clickView": click, "segments": day}, {"clickView": {}, "segments": day}]})
    assert [(row["gclid"], row["ad_id"], row["ad_group_id"]) for row in rows] == [("Cj0A", "333", None)]


def test_lists_are_kept_as_json_and_flags_that_are_absent_are_false() -> None:
    ad = {"ad": {"id": "3", "finalUrls": ["https://a.example/?x=1", "https://b.example"]}}
    (row,) = read(ADS, {"results": [{"adGroupAd": ad, "segments": {"date": "2026-11-20"}}]})
    assert json.loads(row["final_urls"]) == ["https://a.example/?x=1", "https://b.example"]
    (row,) = read(CUSTOMERS, {"results": [{"customerClient": {"id": "9", "level": "2"}}]})
    assert (row["is_manager"], row["is_hidden"], row["level"]) == (False, False, 2)


def test_an_empty_result_has_no_rows() -> None:
    assert read(CAMPAIGN) == read(CAMPAIGN, {"fieldMask": "campaign.id"}) == []


WHOLE = json.dumps([{"results": [{"campaign": {"id": "1", "name": "Büro"}}]}], ensure_ascii=False).encode()
# Its rows look like ends: a list that closes, and texts that quote one.
TRICKY = [
    {"campaign": {"name": '","requestId":"a"}]'}, "adGroupAd": {"ad": {"finalUrls": ['"fieldMask":"x"}]', "]"]}}},
    {"campaign": {"labels": [{"resourceName": "a"}]}},
]
_PART = {"results": TRICKY, "fieldMask": "campaign.name", "requestId": "r1", "queryResourceConsumption": "512"}
STREAM = json.dumps([_PART, {"results": TRICKY}, _PART], separators=(",", ":")).encode()


@pytest.mark.parametrize("whole", [WHOLE, STREAM, json.dumps([_PART], indent=1).encode() + b"\n"])
def test_a_stream_that_ends_anywhere_before_its_bracket_is_broken(whole: bytes) -> None:
    replies = Replies()
    assert replies.is_whole(whole)
    assert not [end for end in range(len(whole.rstrip())) if replies.is_whole(whole[:end])]


def test_no_array_is_a_broken_stream() -> None:
    for body in (b"<html>busy</html>", b'{"fieldMask":"campaign.id"}', WHOLE[: WHOLE.index(b"\xbc")], b"[]]"):
        assert not Replies().is_whole(body)


def test_replies_of_many_accounts_are_read_together_and_keep_their_account() -> None:
    def body(*ids: str) -> bytes:
        return json.dumps([{"results": [{"campaign": {"id": one}} for one in ids]}]).encode()

    table, sizes = Replies().table(
        CAMPAIGN, [("2", body("21", "22")), ("3", b"[]"), ("2", body("23")), ("4", body("41"))]
    )
    assert list(zip(*(table[name].to_pylist() for name in ("customer_id", "campaign_id")), strict=True)) == [
        ("2", "21"), ("2", "22"), ("2", "23"), ("4", "41"),
    ]  # fmt: skip
    assert sizes == [2, 0, 1, 1]


def test_the_account_with_the_wrong_value_is_named() -> None:
    wrong = json.dumps([{"results": [{"segments": {"date": "20 November"}}]}]).encode()
    with pytest.raises(ConfigurationError, match=r"^google_ads: account 3: campaign_daily: a value"):
        Replies().table(CAMPAIGN, [("2", b"[]"), ("3", wrong), ("4", b"[]")])


@pytest.mark.parametrize(
    "row",
    [
        {"metrics": {"conversions": "many"}},
        {"metrics": {"conversions": {"low": 1}}},
        {"segments": {"date": "20 November"}},
    ],
)
def test_a_value_of_another_type_fails_loudly_and_is_not_quoted(row: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match="campaign_daily: a value in the reply is not of the documented"
    ) as told:
        read(CAMPAIGN, {"results": [row]})
    assert "many" not in str(told.value)


def test_rows_that_were_recorded_of_the_vendor_come_through() -> None:
    recorded = json.loads(fixture_file("google_ads/recorded_ad_rows.rewrapped.json").read_text(encoding="utf-8"))
    wire = [row for chunk in recorded for row in chunk["results"]]
    rows = read(ADS, *recorded)
    assert len(rows) == len(wire) > 0
    for row, sent in zip(rows, wire, strict=True):
        assert (row["ad_id"], row["cost_micros"], row["conversions"], row["all_conversions"]) == (
            sent["adGroupAd"]["ad"]["id"],
            sent["metrics"]["costMicros"],
            sent["metrics"]["conversions"],
            sent["metrics"]["allConversions"],
        )
        assert json.loads(row["final_urls"]) == sent["adGroupAd"]["ad"]["finalUrls"]

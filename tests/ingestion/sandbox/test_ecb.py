from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
import requests

from ingestion.sandbox import ecb
from tests.ingestion.sandbox.tiny import Served, served, tiny_world, utc


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with served(ecb.routes, tiny_world()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Served) -> Served:
    running.control.reset()
    return running


def get(sandbox: Served, key: str = "D.USD+CHF.EUR.SP00.A", **params: str) -> requests.Response:
    url = f"{sandbox.url}/service/data/EXR/{key}"
    return requests.get(url, params={"format": "csvdata"} | params, timeout=60)


def rows(reply: requests.Response) -> list[dict[str, str]]:
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_series_come_one_after_the_other_in_the_services_columns(sandbox: Served) -> None:
    reply = get(sandbox, startPeriod="2026-11-20", endPeriod="2026-11-23")
    found = rows(reply)
    assert [(row["KEY"], row["TIME_PERIOD"], row["OBS_VALUE"]) for row in found] == [
        ("EXR.D.CHF.EUR.SP00.A", "2026-11-20", "0.9310"),
        ("EXR.D.USD.EUR.SP00.A", "2026-11-20", "1.1700"),
    ]
    header = reply.text.splitlines()[0].split(",")
    assert header[:8] == ecb.DATA_COLUMNS
    assert header[8] == "OBS_STATUS"
    assert len(header) == 32
    assert found[1]["TITLE_COMPL"] == "ECB reference exchange rate, US dollar/Euro, 2.15 pm (C.E.T.)"


def test_a_days_rate_is_out_at_15_utc(sandbox: Served) -> None:
    for moment, expected in (("2026-11-23T14:59:59", 2), ("2026-11-23T15:00:00", 3)):
        sandbox.control.set_clock(utc(moment))
        assert len(rows(get(sandbox, "D.USD.EUR.SP00.A"))) == expected
    assert len(rows(get(sandbox, "D.USD.EUR.SP00.A", endPeriod="2026-11-19"))) == 1
    assert rows(get(sandbox, "D.USD.EUR.SP00.A", lastNObservations="1"))[0]["TIME_PERIOD"] == "2026-11-23"


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("D.XXX.EUR.SP00.A", ("2026-11-01", "2026-11-23")),
        ("D.USD.EUR.SP00.A", ("2026-11-21", "2026-11-22")),
        ("M.USD.EUR.SP00.A", ("2026-11-01", "2026-11-23")),
    ],
)
def test_nothing_found_is_a_404_even_on_a_week_end(sandbox: Served, key: str, days: tuple[str, str]) -> None:
    reply = get(sandbox, key, startPeriod=days[0], endPeriod=days[1])
    assert reply.status_code == 404
    assert "No results found." in reply.text


def test_malformed_requests_are_refused(sandbox: Served) -> None:
    assert get(sandbox, "D.USD.EUR").status_code == 400
    assert get(sandbox, startPeriod="yesterday").status_code == 400
    assert get(sandbox, format="jsondata").status_code == 406


def test_detail_dataonly_leaves_the_attributes_out(sandbox: Served) -> None:
    assert list(rows(get(sandbox, detail="dataonly"))[0]) == ecb.DATA_COLUMNS

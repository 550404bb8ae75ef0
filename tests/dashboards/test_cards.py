from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboards.cards import Card, Change, cards
from dashboards.reading import Contents, read
from dashboards.sparkline import sparkline
from dashboards.words import Words
from warehouse.settings import Settings

ENGLISH = Words("en", "EUR")


@pytest.fixture(scope="module")
def contents(published: Settings) -> Contents:
    return read(published.publication)


@pytest.fixture(scope="module")
def by_name(contents: Contents) -> dict[str, Card]:
    return {card.kpi: card for card in cards(contents, ENGLISH)}


def _spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_card_says_value_change_target_and_status(by_name: dict[str, Card]) -> None:
    card = by_name["cost_per_mille"]
    # 15 EUR for 2000 impressions, against 6.00 the day before: a cost that rose by a quarter.
    assert _spaced(card.value) == "€7.50"
    assert card.change
    assert _spaced(card.change.text) == "+25.0%"
    assert (card.change.tone, card.change.arrow, card.change.verdict) == ("bad", "▲", "worse")
    assert card.progress
    assert _spaced(card.progress.target) == "at most €8.00 by 31 Dec 2026"
    assert card.progress.text == "107% reached"
    assert (card.tone, card.status) == ("good", "On track")
    assert (card.period, card.is_provisional) == ("Sun 22 Nov 2026", True)


def test_shares_change_in_points(by_name: dict[str, Card]) -> None:
    card = by_name["click_through_rate"]
    # 1.5 % against 1.2 %: the difference counts, not the per cent of a per cent.
    assert card.change
    assert (_spaced(card.change.text), card.change.verdict) == ("+0.3 pp", "better")


def test_a_stale_value_says_as_of_when_and_why(contents: Contents) -> None:
    reason = "the last load of meta_ads failed: the token is invalid"
    rows = [
        {**row, "is_stale": True, "stale_reason": reason} if row["kpi"] == "cost_per_mille" else row
        for row in contents.scorecard
    ]
    told = {card.kpi: card.stale for card in cards(replace(contents, scorecard=rows), ENGLISH)}
    assert told.pop("cost_per_mille") == f"As of 23 Nov 2026, 07:30 UTC: {reason}"
    assert set(told.values()) == {""}


def test_a_missing_value_says_why(by_name: dict[str, Card]) -> None:
    card = by_name["retention_rate"]
    assert (card.value, card.missing) == ("n/a", "no customers at the start of the period")
    assert card.change is None
    assert card.status == "Not enough data"


@pytest.mark.parametrize(
    ("value", "before", "direction", "expected"),
    [
        (90.0, 100.0, "down", ("good", "▼", "-10.0%", "better")),
        (90.0, 100.0, "up", ("bad", "▼", "-10.0%", "worse")),
        (110.0, 100.0, "band", ("none", "▲", "+10.0%", "")),
        (100.0, 100.0, "up", ("none", "=", "unchanged", "")),
        (5.0, 0.0, "up", ("good", "▲", "+€5.00", "better")),
    ],
)
def test_what_a_change_means(
    contents: Contents, value: float, before: float, direction: str, expected: tuple[str, ...]
) -> None:
    row: dict[str, Any] = {
        **contents.scorecard[0],
        "unit": "currency",
        "value": value,
        "previous_value": before,
        "direction": direction,
    }
    (card,) = cards(Contents(**{**vars(contents), "scorecard": [row]}), ENGLISH)
    assert card.change
    change: Change = card.change
    assert (change.tone, change.arrow, _spaced(change.text), change.verdict) == expected


def test_a_sparkline_breaks_at_gaps_and_marks_what_is_provisional() -> None:
    line = sparkline([0.0, 10.0, None, 5.0, 10.0], [True, True, True, True, False], target=10.0)
    assert line
    assert line.final == "M5 39L62.5 5"
    assert line.provisional == "M177.5 22L235 5"
    assert line.newest == (235.0, 5.0)
    assert line.target == 5.0


def test_a_far_target_does_not_flatten_the_line() -> None:
    line = sparkline([1.0, 2.0], [True, True], target=50.0)
    assert line
    assert line.target is None
    assert sparkline([None, 2.0], [True, True], target=None) is None

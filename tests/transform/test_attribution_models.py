"""The worked example of docs/attribution.md and some odd journeys, by dbt itself.

Expected values are worked out by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import duckdb
import pytest

from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF, insert
from transform.build import build
from warehouse.attribution import MODELS, Attribution
from warehouse.connection import writer
from warehouse.journeys import Journeys

WON = datetime(2026, 3, 1, 12)
MODELS_SQL = (
    "int_conversions int_path_windows int_path_touches int_journey_paths int_attribution_paths int_attribution_values "
    "int_attribution_shares fct_conversion_paths fct_conversions fct_attribution attribution_channels "
    "attribution_levels"
)


class Journey(NamedTuple):
    """Visits as (days before the end, channel), and the value of the order that ended it; None while it is open."""

    name: str
    visits: tuple[tuple[float, str], ...]
    value: str | None = None
    number: int = 1


def visits(*channels: str) -> tuple[tuple[float, str], ...]:
    """One visit a week, the last a day before the end."""
    return tuple((1 + 7 * (len(channels) - place), channel) for place, channel in enumerate(channels, start=1))


SEARCH, SOCIAL, DIRECT, EMAIL = "Paid Search", "Paid Social", "Direct", "Email"
EXAMPLE = (
    Journey("a", visits(SEARCH), "100"),
    *(Journey(f"a lost {number}", visits(SEARCH)) for number in range(3)),
    *(Journey(f"b lost {number}", visits(SOCIAL)) for number in range(4)),
    Journey("c", visits(SOCIAL, SEARCH), "200"),
    Journey("c lost", visits(SOCIAL, SEARCH)),
    Journey("d", visits(SEARCH, DIRECT), "300"),
    Journey("d lost", visits(SEARCH, DIRECT)),
    Journey("e", visits(SOCIAL, SEARCH, DIRECT), "1100"),
)
# Journeys of customers, which are counted apart.
ODD = (
    Journey("unseen", (), "50", 2),
    Journey("direct only", visits(DIRECT, DIRECT), "10", 2),
    Journey("loop", visits(EMAIL, DIRECT, EMAIL, EMAIL), "0.000008", 2),
    Journey("same moment", ((3, SEARCH), (3, EMAIL)), "90", 2),
    Journey("direct last", visits(EMAIL, SEARCH, DIRECT, DIRECT), "1", 2),
    Journey("never bought", visits("Referral"), None, 2),
    # more than 90 days before the last visit
    Journey("old", ((200, "Organic Social"), (109, "Organic Social"), (100, EMAIL), (10, EMAIL)), None, 2),
    Journey("nothing", (), None, 2),
)


LONG_AGO = WON - timedelta(days=400)
EMPTIED = (
    "marts.fct_orders", "marts.fct_leads", "marts.fct_sessions", "marts.dim_person", "intermediate.int_journeys",
    "intermediate.int_touchpoints",
)  # fmt: skip


@pytest.fixture(scope="module")
def example(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    home = tmp_path_factory.mktemp("attribution") / "home"
    shutil.copytree(built.settings.home, home)
    settings = built.settings.model_copy(update={"home": home})
    with writer(settings) as connection:
        for table in EMPTIED:
            connection.execute(f"delete from {table}")
        for journey in (*EXAMPLE, *ODD):
            person = journey.name
            insert(connection, "marts.dim_person", {"person_id": person, "first_touch_at": LONG_AGO})
            if journey.value is not None:
                kind = ("first_purchase", "repeat_purchase")[journey.number - 1]
                buy(connection, person, f"order {person}", kind=kind, at=WON, value=journey.value)
            elif journey.number == 2:
                buy(connection, person, f"earlier {person}", kind="repeat_purchase", at=LONG_AGO, value="0")
            insert(
                connection,
                "intermediate.int_touchpoints",
                *(
                    {
                        "touchpoint_id": f"{person} {number}", "touchpoint_key": f"{person} {number}", "tie_order": 1,
                        "person_id": person, "touched_at": WON - timedelta(days=days), "touchpoint_type": "session",
                        "channel": channel,
                    }
                    for number, (days, channel) in enumerate(journey.visits, start=1)
                ),
            )  # fmt: skip
    yield Built(settings, build(settings, run_id="attribution", as_of=AS_OF, select=MODELS_SQL))


def buy(connection: duckdb.DuckDBPyConnection, person: str, order: str, *, kind: str, at: datetime, value: str) -> None:
    """One won deal, and the journey that it ends; half of it is margin."""
    revenue = Decimal(value)
    insert(
        connection,
        "intermediate.int_journeys",
        {
            "journey_id": order, "person_id": person, "journey_number": 1, "conversion_id": order,
            "conversion_type": kind, "ends_at": at, "revenue_amount": revenue,
        },
    )  # fmt: skip
    insert(
        connection,
        "marts.fct_orders",
        {
            "order_id": order, "person_id": person, "won_at": at, "date_day": at.date(), "revenue_amount": revenue,
            "gross_margin_amount": revenue / 2,
        },
    )  # fmt: skip


def weights(example: Built, journey: str, model: str) -> list[float]:
    """The weight of each visit in its order; 0 where it has no row."""
    found = dict(
        example.rows(
            "select touchpoint_id, weight from marts.fct_attribution"
            f" where conversion_id = 'order {journey}' and model = '{model}'"
        )
    )
    count = next(len(one.visits) for one in (*EXAMPLE, *ODD) if one.name == journey)
    return [found.get(f"{journey} {number}", 0.0) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("model", "journey", "expected"),
    [
        ("first", "e", (1, 0, 0)),
        ("last", "e", (0, 0, 1)),
        ("last_non_direct", "e", (0, 1, 0)),
        ("last_non_direct", "d", (1, 0)),
        ("last_non_direct", "c", (0, 1)),
        ("linear", "e", (1 / 3, 1 / 3, 1 / 3)),
        ("position_based", "a", (1,)),
        ("position_based", "c", (1 / 2, 1 / 2)),
        ("position_based", "e", (0.4, 0.2, 0.4)),
        # a week is a half-life: 1/4, 1/2 and 1 of the last visit, of 7/4 in all
        ("time_decay", "e", (1 / 7, 2 / 7, 4 / 7)),
        ("time_decay", "c", (1 / 3, 2 / 3)),
        # Shapley values of the set over its conversion rate
        ("shapley", "a", (1,)),
        ("shapley", "c", (1 / 4, 3 / 4)),
        ("shapley", "d", (3 / 4, 1 / 4)),
        ("shapley", "e", (5 / 24, 14 / 24, 5 / 24)),
        ("markov", "a", (1,)),
        # no touch before it is anything but direct
        ("last_non_direct", "direct only", (0, 1)),
        ("last_non_direct", "direct last", (0, 1, 0, 0)),
        ("position_based", "loop", (0.4, 0.1, 0.1, 0.4)),
        # 21, 14 and 7 days before the last visit: 1/8 + 1/4 + 1/2 + 1
        ("time_decay", "loop", (1 / 15, 2 / 15, 4 / 15, 8 / 15)),
        ("time_decay", "same moment", (1 / 2, 1 / 2)),
    ],
)
def test_weights(example: Built, model: str, journey: str, expected: tuple[float, ...]) -> None:
    assert weights(example, journey, model) == pytest.approx(expected)


def test_markov_reaches_the_removal_effects(example: Built) -> None:
    # 1, 1/2 and 1/3, which sum to 11/6, of 4 conversions; by value 1, 14/17 and 1/3, which sum to 110/51, of 1700
    assert example.rows(
        "select channel, removal_effect, model_conversions, credited_conversions, model_value"
        " from marts.attribution_channels where model = 'markov' and conversion_type = 'first_purchase'"
        " order by channel"
    ) == [
        ("Direct", pytest.approx(1 / 2), pytest.approx(12 / 11), pytest.approx(12 / 11), Decimal("649.090909")),
        ("Paid Search", pytest.approx(1), pytest.approx(24 / 11), pytest.approx(24 / 11), Decimal("788.181818")),
        ("Paid Social", pytest.approx(1 / 3), pytest.approx(8 / 11), pytest.approx(8 / 11), Decimal("262.727273")),
    ]
    # as strong beside another channel in every journey with both
    social, search, direct = weights(example, "e", "markov")
    assert search / social == pytest.approx(weights(example, "c", "markov")[1] / weights(example, "c", "markov")[0])
    assert search / direct == pytest.approx(weights(example, "d", "markov")[0] / weights(example, "d", "markov")[1])


def test_shapley_by_channel(example: Built) -> None:
    # 4 * 1/4 + 2 * 3/8 + 2 * 3/8 + 14/24 = 37/12 for search; 2 * 1/8 + 5/24 = 11/24 each for the others
    assert example.rows(
        "select channel, model_conversions, credited_conversions, model_value, converting_journeys, open_journeys,"
        " error_bound from marts.attribution_channels"
        " where model = 'shapley' and conversion_type = 'first_purchase' order by channel"
    ) == [
        ("Direct", pytest.approx(11 / 24), pytest.approx(11 / 24), Decimal("479.166667"), 2, 1, 0),
        ("Paid Search", pytest.approx(37 / 12), pytest.approx(37 / 12), Decimal("816.666667"), 4, 5, 0),
        ("Paid Social", pytest.approx(11 / 24), pytest.approx(11 / 24), Decimal("404.166667"), 2, 5, 0),
    ]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", (0, 400, 1300)),
        ("last", (1400, 300, 0)),
        ("last_non_direct", (0, 1700, 0)),
        # 366.666667 twice of e, and what is left to the last touch
        ("linear", ("516.666666", "716.666667", "466.666667")),
        ("position_based", (590, 570, 540)),
        # a 100; c 66.666667 and 133.333333; d 100 and 200; e 1100/7, 2200/7 and 4400/7
        ("time_decay", ("828.571429", "647.619047", "223.809524")),
        # a 100; c 50 and 150; d 225 and 75; e 5/24, 14/24 and 5/24 of 1100
        ("shapley", ("304.166666", "1116.666667", "279.166667")),
    ],
)
def test_value_by_channel(example: Built, model: str, expected: tuple[str, ...]) -> None:
    assert example.rows(
        "select sum(case when channel = 'Direct' then credited_value else 0 end),"
        " sum(case when channel = 'Paid Search' then credited_value else 0 end),"
        " sum(case when channel = 'Paid Social' then credited_value else 0 end) from marts.fct_attribution"
        f" where model = '{model}' and conversion_type = 'first_purchase'"
    ) == [tuple(Decimal(value) for value in expected)]


def test_every_model_has_every_conversion_to_the_millionth(example: Built) -> None:
    rows = example.rows(
        "select model, count(distinct conversion_id), sum(credited_value), sum(credited_gross_margin), min(weight) > 0"
        " from marts.fct_attribution group by model"
    )
    # 100 + 200 + 300 + 1100 and 50 + 10 + 0.000008 + 90 + 1, and three orders of long ago for 0; margins are half of it
    assert sorted(rows) == [
        (model, 12, Decimal("1851.000008"), Decimal("925.500004"), True) for model in sorted(MODELS)
    ]


def test_without_a_visit_no_channel_is_credited(example: Built) -> None:
    assert example.rows(
        "select distinct channel, weight, credited_value from marts.fct_attribution"
        " where conversion_id = 'order unseen'"
    ) == [("(unattributed)", 1.0, Decimal(50))]


def test_open_journeys_count_within_the_look_back(example: Built) -> None:
    # "old" without what lies more than 90 days before its last visit; "nothing" has no path
    assert example.rows(
        "select conversion_types, path from intermediate.int_journey_paths"
        " where conversion_id is null and conversion_types like '%repeat_purchase%' order by path[1] desc"
    ) == [("repeat_purchase|", ["Referral"]), ("repeat_purchase|", ["Email", "Email"])]
    assert example.rows(
        "select distinct model_conversions, credited_conversions, converting_journeys, open_journeys"
        " from marts.attribution_channels where channel = 'Referral'"
    ) == [(0, 0, 0, 1)]


def test_settings_change_the_weights(example: Built) -> None:
    changed = Attribution(first_share=0.5, last_share=0.3, half_life_days=14, markov_order=3)
    journeys = Journeys(
        conversion_types=("first_purchase", "repeat_purchase"),
        key_events=("file_download",),
        path_transforms=("exposure_path",),
        excluded_channels=("Referral",),
    )
    settings = example.settings.model_copy(update={"attribution": changed, "journeys": journeys})
    build(settings, run_id="changed", as_of=AS_OF, select=MODELS_SQL)
    assert weights(example, "e", "position_based") == pytest.approx((0.5, 0.2, 0.3))
    assert weights(example, "c", "position_based") == pytest.approx((5 / 8, 3 / 8))
    # two weeks and one week before the last visit: 1/2, 1/sqrt(2) and 1
    root = 2**0.5
    assert weights(example, "c", "time_decay") == pytest.approx((1 / (1 + root), root / (1 + root)))
    # Email, Direct, Email, Email: the last two are one touch, which is the first of them
    assert weights(example, "loop", "position_based") == pytest.approx((0.5, 0.2, 0.3, 0))
    assert weights(example, "direct last", "linear") == pytest.approx((1 / 3, 1 / 3, 1 / 3, 0))
    assert weights(example, "direct only", "linear") == pytest.approx((1, 0))
    assert example.rows(
        "select distinct conversion_type, path_transforms, path_settings, touches, path_length"
        " from marts.fct_conversions where conversion_id in ('order loop', 'order direct only') order by touches"
    ) == [
        (
            "repeat_purchase", "exposure_path", "touchpoints: session; without Referral", touches, length,
        )
        for touches, length in ((2, 1), (4, 3))
    ]  # fmt: skip
    assert example.rows("select distinct conversion_type from marts.attribution_channels order by 1") == [
        ("file_download",), ("first_purchase",), ("repeat_purchase",),
    ]  # fmt: skip
    # a memory of three visits holds every journey: the share of conversions that passed by
    effects = example.rows(
        "select distinct channel, parameters, removal_effect from marts.attribution_channels"
        " where model = 'markov' and conversion_type = 'first_purchase' order by channel"
    )
    assert [(channel, parameters) for channel, parameters, _ in effects] == [
        ("Direct", "order 3"), ("Paid Search", "order 3"), ("Paid Social", "order 3"),
    ]  # fmt: skip
    # solved, so that the last bit is another one with the instructions of another processor
    assert [effect for *_, effect in effects] == pytest.approx([0.5, 1, 0.5], rel=1e-12)

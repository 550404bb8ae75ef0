"""The split of a change, worked out by hand; and that its parts add up, whatever changed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.kpi.restated import Amount, Cause, Formula, Key, Move, State, split

DAY, NEXT = date(2026, 11, 9), date(2026, 11, 10)
CPL = Formula(
    {"numerator": {"spend": Fraction(1)}, "denominator": {"leads": Fraction(1)}}, True, money=frozenset({"spend"})
)


def of(numerator: str, denominator: str | None, amounts: dict[Key, Amount] | None = None, scale: int = 1) -> State:
    """A state whose value is that of its sides."""
    sides = Fraction(numerator), None if denominator is None else Fraction(denominator)
    value = sides[0] if sides[1] is None else sides[0] / sides[1] * scale if sides[1] else None
    return State(value, *sides, amounts or {})


def spend(account: str, source: str = "google_ads", currency: str = "EUR", day: date = DAY) -> Key:
    return Key("spend", day, source, account, currency)


LEADS = Key("leads", DAY, "hubspot", "", "")


def effects(moves: list[Move]) -> dict[Cause, Fraction | None]:
    found: dict[Cause, Fraction | None] = {}
    for move in moves:
        found[move.cause] = None if move.effect is None else (found.get(move.cause) or Fraction(0)) + move.effect
    return found


def test_a_cost_per_lead_is_split_over_accounts_rates_and_leads() -> None:
    """105 / 42 = 2.50 became 153 / 45 = 3.40.

    Account 1 spent 21 more, the 45 francs of account 2 are worth 1.2 and not 1.0 (9 more), Meta came late with 18, and
    there are 3 leads more: 21, 9 and 18 times (1/42 + 1/45) / 2 = 87/3780 each, 3 times -(105 + 153) / (2 x 42 x 45).
    """
    before = of(
        "105",
        "42",
        {
            spend("1"): Amount(Fraction(60), rate=Fraction(1)),
            spend("2", currency="CHF"): Amount(Fraction(45), rate=Fraction(1)),
            LEADS: Amount(Fraction(42)),
        },
    )
    after = of(
        "153",
        "45",
        {
            spend("1"): Amount(Fraction(81), rate=Fraction(1)),
            spend("2", currency="CHF"): Amount(Fraction(54), rate=Fraction("1.2")),
            spend("31", "meta_ads"): Amount(Fraction(18), rate=Fraction(1)),
            LEADS: Amount(Fraction(45)),
        },
    )
    assert effects(split(before, after, CPL)) == {
        Cause("account", "google_ads", "1"): Fraction(1827, 3780),
        Cause("exchange_rates", detail="CHF"): Fraction(783, 3780),
        Cause("account", "meta_ads", "31"): Fraction(1566, 3780),
        Cause("account", "hubspot"): Fraction(-774, 3780),
    }


def test_a_withdrawn_row_is_the_accounts() -> None:
    before = of("30", "10", {spend("1"): Amount(Fraction(20)), spend("2"): Amount(Fraction(10))})
    after = of("20", "10", {spend("1"): Amount(Fraction(20))})
    assert effects(split(before, after, CPL)) == {Cause("account", "google_ads", "2"): Fraction(-1)}


def test_of_a_restated_amount_and_a_restated_rate_each_has_its_own() -> None:
    """10 dollars at 2 became 14 at 1: 20 to 14. At the mean rate of 1.5 the dollars bring 6; the rate takes 12."""
    before = of("20", None, {spend("1", currency="USD"): Amount(Fraction(20), rate=Fraction(2))})
    after = of("14", None, {spend("1", currency="USD"): Amount(Fraction(14), rate=Fraction(1))})
    alone = Formula({"numerator": {"spend": Fraction(1)}}, False, money=frozenset({"spend"}))
    assert effects(split(before, after, alone)) == {
        Cause("account", "google_ads", "1"): Fraction(6),
        Cause("exchange_rates", detail="USD"): Fraction(-12),
    }


def test_a_millionth_that_rounding_left_is_the_rates() -> None:
    before = of("10", None, {spend("1", currency="USD"): Amount(Fraction(10), rate=Fraction(1))})
    after = of("9.000003", None, {spend("1", currency="USD"): Amount(Fraction("9.000003"), rate=Fraction("0.9"))})
    moves = split(before, after, Formula({"numerator": {"spend": Fraction(1)}}, False, money=frozenset({"spend"})))
    assert set(effects(moves)) == {Cause("exchange_rates", detail="USD")}


def test_a_count_is_not_worth_more_when_a_rate_changes() -> None:
    key = Key("clicks", DAY, "meta_ads", "31", "USD")
    before, after = (
        of("5", None, {key: Amount(Fraction(5), rate=Fraction(2))}),
        of("8", None, {key: Amount(Fraction(8), rate=Fraction(1))}),
    )
    clicks = Formula({"numerator": {"clicks": Fraction(1)}}, False)
    assert effects(split(before, after, clicks)) == {Cause("account", "meta_ads", "31"): Fraction(3)}


def test_rows_that_came_later_are_told_from_rows_that_count_otherwise_now() -> None:
    """8 of 10 orders were first purchases, 9 of 15 are: 5 orders at the mean share of 0.7 bring 3.5, less 2.5."""
    key = Key("new_customers", DAY, "hubspot", "", "")
    alone = Formula({"numerator": {"new_customers": Fraction(1)}}, False)
    before = of("8", None, {key: Amount(Fraction(8), Fraction(10))})
    after = of("9", None, {key: Amount(Fraction(9), Fraction(15))})
    assert effects(split(before, after, alone)) == {
        Cause("account", "hubspot"): Fraction("3.5"),
        Cause("counted_anew"): Fraction("-2.5"),
    }


def test_a_metric_on_both_sides_and_one_that_is_taken_off() -> None:
    """ROI (margin - cost) / cost: 100 of cost more make (300 - 100) / 100 = 2 into (300 - 200) / 200 = 0.5."""
    key = Key("marketing_cost", DAY, "google_ads", "1", "EUR")
    margin = Key("attributed_margin", DAY, "hubspot", "", "EUR")
    roi = Formula(
        {
            "numerator": {"attributed_margin": Fraction(1), "marketing_cost": Fraction(-1)},
            "denominator": {"marketing_cost": Fraction(1)},
        },
        True,
    )
    before = of("200", "100", {key: Amount(Fraction(100)), margin: Amount(Fraction(300))})
    after = of("100", "200", {key: Amount(Fraction(200)), margin: Amount(Fraction(300))})
    moves = split(before, after, roi)
    assert effects(moves) == {Cause("account", "google_ads", "1"): Fraction("-1.5")}
    assert [(move.side, move.amount) for move in moves] == [("numerator", 100), ("denominator", 100)]


@pytest.mark.parametrize(
    ("feeders", "cause"),
    [
        ({"people": ("ga4_export",)}, Cause("account", "ga4_export")),
        ({"people": ("ga4_export", "hubspot")}, Cause("together", "ga4_export,hubspot")),
        ({}, Cause("recomputed")),
    ],
)
def test_what_no_account_explains_has_a_name(feeders: dict[str, tuple[str, ...]], cause: Cause) -> None:
    formula = Formula({"numerator": {"people": Fraction(1)}}, False, feeders=feeders)
    assert effects(split(of("7", None), of("9", None), formula)) == {cause: Fraction(2)}


@pytest.mark.parametrize(("before", "after"), [(of("10", "0"), of("10", "5")), (of("10", "5"), of("12", "0"))])
def test_a_value_that_was_or_is_unknown_has_amounts_but_no_effects(before: State, after: State) -> None:
    moves = split(before, after, CPL)
    assert moves
    assert {move.effect for move in moves} == {None}


def test_nothing_moved_nothing() -> None:
    same = of("10", "5", {spend("1"): Amount(Fraction(10)), LEADS: Amount(Fraction(5))})
    assert split(same, same, CPL) == []


amounts = st.fractions(min_value=0, max_value=1000, max_denominator=100)
rates = st.sampled_from([Fraction(1), Fraction("0.93"), Fraction("1.08")])
held = st.dictionaries(
    st.builds(
        Key,
        st.sampled_from(["spend", "cost", "leads"]),
        st.sampled_from([DAY, NEXT]),
        st.sampled_from(["google_ads", "meta_ads"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["EUR", "USD"]),
    ),
    st.builds(Amount, amounts, st.none() | amounts, st.none() | rates),
)
sides = st.tuples(
    st.fractions(min_value=-1000, max_value=1000, max_denominator=100),
    st.fractions(min_value=Fraction(1, 10), max_value=1000, max_denominator=100),
)


@given(before=held, after=held, unexplained=st.tuples(sides, sides), scale=st.sampled_from([1, 1000]))
def test_the_parts_add_up_to_the_change_whatever_changed(
    before: dict[Key, Amount],
    after: dict[Key, Amount],
    unexplained: tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]],
    scale: int,
) -> None:
    formula = Formula(
        {
            "numerator": {"spend": Fraction(1), "cost": Fraction(-1)},
            "denominator": {"leads": Fraction(1), "cost": Fraction(1)},
        },
        True,
        Fraction(scale),
        money=frozenset({"spend", "cost"}),
    )

    def state(held: dict[Key, Amount], more: tuple[Fraction, Fraction]) -> State:
        totals = [
            sum((weight * amount.value for key, amount in held.items() for metric, weight in side.items()
                 if key.metric == metric), more[place])
            for place, side in enumerate(formula.weights.values())
        ]  # fmt: skip
        # as stored: a double, so that the value is not exactly the ratio of its sides
        value = Fraction(float(totals[0] / totals[1] * scale))
        return State(value, totals[0], totals[1], held)

    first, second = state(before, unexplained[0]), state(after, unexplained[1])
    moves = split(first, second, formula)
    assert first.value is not None
    assert second.value is not None
    assert sum((move.effect or Fraction(0) for move in moves), Fraction(0)) == second.value - first.value

from __future__ import annotations

from datetime import date

import pytest

from ingestion.sandbox.gaql import Condition, QueryError, parse


def test_a_query_with_every_clause() -> None:
    query = parse(
        "select campaign.id, metrics.clicks FROM campaign "
        "WHERE campaign.name = 'Brand \\'DE\\'' AND metrics.clicks > 5 "
        "AND campaign.status NOT IN ('PAUSED', \"REMOVED\") ORDER BY metrics.clicks DESC, campaign.id LIMIT 3 "
        "PARAMETERS omit_unselected_resource_names=true"
    )
    assert query.select == ("campaign.id", "metrics.clicks")
    assert query.resource == "campaign"
    assert query.where == (
        Condition("campaign.name", "=", ("Brand 'DE'",)),
        Condition("metrics.clicks", ">", ("5",)),
        Condition("campaign.status", "NOT IN", ("PAUSED", "REMOVED")),
    )
    assert query.order_by == (("metrics.clicks", True), ("campaign.id", False))
    assert query.limit == 3


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("segments.date = '2026-11-20'", ("2026-11-20", "2026-11-20")),
        ("segments.date BETWEEN '2026-11-01' AND '2026-11-20'", ("2026-11-01", "2026-11-20")),
        ("segments.date > '2026-10-31' AND segments.date < '2026-11-21'", ("2026-11-01", "2026-11-20")),
        ("segments.date BETWEEN '2026-11-01' AND '2026-11-20' AND segments.date <= '2026-11-05'",
         ("2026-11-01", "2026-11-05")),
        ("segments.date >= '2026-11-01'", ("2026-11-01", None)),
        ("campaign.id = 1", (None, None)),
    ],
)  # fmt: skip
def test_conditions_on_the_date_leave_a_range(condition: str, expected: tuple[str | None, str | None]) -> None:
    found = parse(f"SELECT campaign.id FROM campaign WHERE {condition}").date_range()
    assert found == tuple(date.fromisoformat(text) if text else None for text in expected)


@pytest.mark.parametrize(
    ("operator", "values", "holds"),
    [
        ("=", ("7",), True),
        ("!=", ("7",), False),
        (">", ("6",), True),
        ("<=", ("6",), False),
        ("BETWEEN", ("1", "7"), True),
        ("IN", ("1", "7"), True),
        ("NOT IN", ("1", "7"), False),
    ],
)
def test_conditions_compare_numbers_as_numbers(operator: str, values: tuple[str, ...], holds: bool) -> None:
    assert Condition("metrics.clicks", operator, values).holds({"metrics.clicks": 7}) is holds
    assert Condition("metrics.clicks", operator, values).holds({}) is (operator in {"!=", "NOT IN"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "UNEXPECTED_END_OF_QUERY"),
        ("UPDATE x", "EXPECTED_SELECT"),
        ("SELECT campaign.id campaign.name FROM campaign", "EXPECTED_FROM"),
        ("SELECT FROM campaign", "UNEXPECTED_INPUT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id", "UNEXPECTED_END_OF_QUERY"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id ABOUT 5", "BAD_OPERATOR"),
        ("SELECT campaign.id FROM campaign WHERE segments.date = =", "BAD_VALUE"),
        ("SELECT campaign.id FROM campaign WHERE segments.date BETWEEN '2026-11-01' '2026-11-02'",
         "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR"),
        ("SELECT campaign.id FROM campaign LIMIT 0", "BAD_LIMIT_VALUE"),
        ("SELECT campaign.id FROM campaign ORDER campaign.id", "EXPECTED_BY"),
        ("SELECT campaign.id FROM campaign; DROP", "BAD_SYMBOL"),
        ("SELECT campaign.id FROM campaign LIMIT 5 please", "UNEXPECTED_INPUT"),
    ],
)  # fmt: skip
def test_malformed_queries_name_the_vendors_code(query: str, code: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert refused.value.code == code


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(QueryError, match="invalid value yesterday"):
        parse("SELECT campaign.id FROM campaign WHERE segments.date = 'yesterday'").date_range()
    with pytest.raises(QueryError, match="does not fit"):
        parse("SELECT campaign.id FROM campaign WHERE segments.date != '2026-11-01'").date_range()
    with pytest.raises(QueryError, match=r"invalid value many for metrics\.clicks"):
        Condition("metrics.clicks", ">", ("many",)).holds({"metrics.clicks": 7})

"""What a run has cost, as an operator reads it."""

from __future__ import annotations

import dagster as dg
import pytest

from ingestion.http import VendorUnavailable
from orchestration.costs import Cost, spark, summary
from orchestration.run_plan import RETRIES, one_line
from refresh.results import read_quotas
from warehouse.errors import ConfigurationError


def test_a_cost_is_numbers_that_can_be_drawn_over_time() -> None:
    loaded = Cost("load GA4", 12.5, 3.25, 4000, 67, {"tokens_remaining_today": 199_996.0})
    assert loaded.metadata == {
        "step seconds": 12.5,
        "step CPU seconds": 3.25,
        "step rows": 4000,
        "API requests": 67,
        "API quota: tokens_remaining_today": 199_996.0,
    }
    assert "API requests" not in Cost("compute KPIs", 1.0, 1.0, 10).metadata


def test_the_summary_has_a_bar_for_each_step_and_their_sum() -> None:
    lines = summary(
        [
            Cost("load GA4", 10.0, 3.25, 4000, 67, {"tokens_remaining_today": 199_996.0}),
            Cost("compute KPIs", 5.0, 4.0, 321_219),
        ]
    ).splitlines()
    assert lines[2] == f"| load GA4 | 10.0 | {'█' * 20} | 3.2 | 4,000 | 67 | tokens_remaining_today 199,996 |"
    assert lines[3] == f"| compute KPIs | 5.0 | {'█' * 10} | 4.0 | 321,219 |  |  |"
    assert lines[4] == "| **all** | **15.0** | | **7.2** | | **67** | |"
    assert len(summary([]).splitlines()) == 3


@pytest.mark.parametrize(
    ("values", "line"),
    [([1.0, 2.0, None, 3.0], "▁▅·█"), ([5.0, 5.0], "▄▄"), ([None, None], ""), ([], ""), ([0.0, 7.0, 1.0], "▁█▂")],
)
def test_a_line_of_blocks(values: list[float | None], line: str) -> None:
    assert spark(values) == line


def test_of_a_quota_the_least_that_is_left_and_the_most_that_is_used_count() -> None:
    replies = (
        '{"currency": "EUR", "tokens_remaining_today": 900}',
        '{"tokens_remaining_today": 700, "rows": 5}',
        '{"x-ad-account-usage": {"acc_id_util_pct": 12.5, "reset_time_duration": 300}}',
        '{"x-business-use-case-usage": {"42": [{"call_count": 3}, {"call_count": 9}]}, "x-ad-account-usage": '
        '{"acc_id_util_pct": 4}}',
        '{"tokens_remaining_today": 800}',
    )
    assert read_quotas(replies) == {"tokens_remaining_today": 700.0, "acc_id_util_pct": 12.5, "call_count": 9.0}


def test_what_a_person_has_to_mend_is_not_tried_again_and_a_vendor_without_an_answer_is() -> None:
    assert one_line(ConfigurationError("ga4: the token was withdrawn")).allow_retries is False
    assert one_line(VendorUnavailable("ga4: gave up after 5 tries: HTTP 503; try again later")).allow_retries is True
    waits = [RETRIES.calculate_delay(attempt) for attempt in (1, 2, 3)]
    assert RETRIES.backoff is dg.Backoff.EXPONENTIAL
    # 2, 4 and 8 minutes, each more or less by its own length
    assert all(wait <= 2 * limit for wait, limit in zip(waits, (120, 240, 480), strict=True))

"""Facts that only KPIs read, over the hand-made world."""

from __future__ import annotations

import pytest

from tests.transform.conftest import Built


def test_closed_deals_are_those_won_and_lost_of_every_crm(built: Built) -> None:
    assert built.rows(
        "select deal_id, date_day::varchar, is_won, channel from marts.fct_closed_deals order by all"
    ) == [
        ("901", "2026-02-10", True, "Paid Search"),
        # half past midnight in Berlin
        ("902", "2026-03-06", True, "Paid Search"),
        ("903", "2026-01-12", True, "(unattributed)"),
        ("904", "2026-02-01", True, "Organic Search"),
        ("906", "2026-02-15", True, "(unattributed)"),
        ("907", "2026-02-20", True, "(unattributed)"),
        ("908", "2026-02-20", False, "Organic Search"),
        ("file_drop:D1", "2026-03-01", True, "Organic Search"),
    ]


def test_a_sales_cycle_reaches_from_the_lead_to_the_first_deal(built: Built) -> None:
    rows = built.rows("select order_id, cycle_days from marts.fct_sales_cycles order by all")
    assert rows == [
        # Anna: 12 January 9:05 to 10 February 12:00
        ("901", pytest.approx(29 + 175 / 1440)),
        # Cora: 8 January 8:00 to 12 January 10:00
        ("903", pytest.approx(4 + 2 / 24)),
        # Eve: 9 January 7:10 to 1 February 12:00
        ("904", pytest.approx(23 + 290 / 1440)),
    ]


def test_open_deals_are_worth_what_their_stage_says_on_each_day(built: Built) -> None:
    def on(day: str) -> list[tuple[object, ...]]:
        return built.rows(
            "select stage_label, channel, open_deals, open_amount::double, win_rate, win_rate_basis,"
            f" weighted_amount::double from marts.fct_pipeline where date_day = '{day}' order by open_amount desc"
        )

    assert on("2026-02-09") == []
    assert on("2026-03-01") == [("Offer", "Paid Search", 1, 1000.0, 0.5, "portal", 500.0)]
    assert on("2026-03-02") == [("Contract", "Paid Search", 1, 1000.0, 0.8, "portal", 800.0)]
    assert on("2026-03-07") == [
        ("Contract", "Paid Search", 1, 1000.0, 0.8, "portal", 800.0),
        # 160 dollars at Friday's 0.625
        ("Offer", "(unattributed)", 1, 100.0, 0.5, "portal", 50.0),
        # a file has no probability, and too few deals of it are closed to tell one by
        ("Talks", "Organic Search", 1, 70.0, None, None, None),
    ]
    assert built.rows(
        "select channel, open_deals, open_amount::double, weighted_amount::double from marts.fct_pipeline_value"
        " where date_day = '2026-03-10' order by channel"
    ) == [
        ("(unattributed)", 1, 100.0, 50.0),
        ("Organic Search", 1, 70.0, None),
        ("Paid Search", 1, 1000.0, 800.0),
    ]


def test_possible_impressions_are_those_had_over_their_share(built: Built) -> None:
    assert built.rows(
        "select date_day::varchar, account_id, campaign_id, channel, impressions, eligible_impressions::double,"
        " bounded_impressions from marts.fct_search_impressions"
    ) == [
        # 1,000 / 0.5 and 200 / 0.0999
        ("2026-01-09", "41", "11", "Paid Search", 1200, pytest.approx(2000 + 2002.002002), 200),
    ]


def test_a_deal_keeps_the_stages_that_it_went_through(built: Built) -> None:
    assert built.rows(
        "select deal_stage_id, stage_id, date_day::varchar, left_day::varchar from marts.fct_deal_stages"
        " where deal_id in ('909', 'file_drop:D2') order by all"
    ) == [
        ("909:1", "offer", "2026-02-10", "2026-03-02"),
        ("909:2", "contract", "2026-03-02", None),
        ("file_drop:D2:1", "Talks", "2026-03-07", None),
    ]


def test_spend_is_paced_from_the_first_of_the_month_on(built: Built) -> None:
    def on(day: str) -> dict[str, tuple[float, float]]:
        rows = built.rows(
            "select channel, spend_to_date_amount::double, planned_to_date_amount::double"
            f" from marts.fct_spend_pacing where date_day = '{day}'"
        )
        return {channel: (spent, planned) for channel, spent, planned in rows}

    # 310 EUR are 10 a day; nothing is known of the days before the first ad, so the plan starts on the 9th
    assert on("2026-01-12") == {
        "Paid Search": (13.0, 40.0),
        # 10 francs at 1.25 and 10.000001 at 1
        "Cross-network": (22.500001, 0.0),
        # 5 dollars at 0.8 and 8 at 0.625
        "Paid Social": (9.0, 0.0),
        "Email": (20.0, 0.0),
    }
    assert on("2026-01-31")["Paid Search"] == (13.0, 230.0)
    # a month without a budget has no pace
    assert on("2026-02-01") == {}


def test_spend_is_matched_by_visits_of_its_campaign_on_about_the_same_day(built: Built) -> None:
    rows = built.rows(
        "select date_day::varchar, channel, is_seen,"
        " matched_spend_amount = case when is_seen then spend_amount else 0 end from marts.fct_spend_match order by all"
    )
    assert rows == [
        ("2026-01-09", "Paid Search", True, True),
        # Dan's visit of that campaign was on the 5th
        ("2026-01-10", "Cross-network", False, True),
        ("2026-01-10", "Email", False, True),
        ("2026-01-11", "Paid Social", False, True),
        ("2026-01-12", "Cross-network", False, True),
        ("2026-01-12", "Paid Social", False, True),
    ]


def test_platform_purchases_are_converted_at_the_rate_of_their_day(built: Built) -> None:
    assert built.rows(
        "select date_day::varchar, platform, channel, claimed_purchases, claimed_value_amount::double"
        " from marts.fct_platform_purchases where claimed_purchases > 0 order by all"
    ) == [
        ("2026-01-09", "google_ads", "Paid Search", 1.0, 30.0),
        # 50 dollars at 0.8
        ("2026-01-11", "meta_ads", "Paid Social", 2.0, 40.0),
    ]


def test_an_answer_counts_once_as_it_was_given_last(built: Built) -> None:
    assert built.rows(
        "select response_id, date_day::varchar, score, is_promoter, is_detractor, channel"
        " from marts.fct_survey_responses order by all"
    ) == [
        ("R1", "2026-03-06", 9, True, False, "Organic Search"),
        ("R2", "2026-03-02", 6, False, True, "(unattributed)"),
    ]


def test_customer_activity_knows_what_was_spent_then_and_now(built: Built) -> None:
    # Cora: 160 dollars at 0.625 in January, 10 euros in February
    assert built.rows(
        "select date_day::varchar, revenue_at_start_amount::double, revenue_retained_amount::double"
        " from marts.fct_customer_activity"
    ) == [("2026-02-01", 100.0, 10.0)]


def test_a_post_has_what_came_of_it_over_those_who_saw_it(built: Built) -> None:
    assert built.rows(
        "select network, date_day::varchar, channel, likes, interactions, audience, audience_basis"
        " from marts.fct_social_posts order by all"
    ) == [
        ("linkedin", "2026-03-01", "Organic Social", 10, 13, 400, "reach"),
        ("youtube", "2026-03-02", "Organic Video", 0, 7, 250, "views"),
    ]


def test_followers_are_those_of_the_newest_count_of_each_account(built: Built) -> None:
    assert built.rows("select date_day::varchar, network, followers from marts.fct_social_followers order by all") == [
        ("2026-03-02", "linkedin", 400),
        ("2026-03-03", "linkedin", 400),
        ("2026-03-03", "youtube", 50),
        ("2026-03-04", "linkedin", 410),
        ("2026-03-04", "youtube", 50),
    ]


def test_data_is_as_old_as_it_was_when_the_day_was_looked_at(built: Built) -> None:
    assert built.rows(
        "select date_day::varchar, source, newest_data_day::varchar, data_age_hours from marts.fct_data_age order by 1"
    ) == [
        # on the morning of the 7th, at 6
        ("2026-03-06", "google_ads", "2026-03-06", 6.0),
        # nothing was loaded on the 8th, which ended at 23:00 UTC in Berlin
        ("2026-03-07", "google_ads", "2026-03-06", 47.0),
        # the last look at the 9th was for another source, at 7
        ("2026-03-08", "google_ads", "2026-03-08", 7.0),
        # now: the 10th at 8
        ("2026-03-09", "google_ads", "2026-03-08", 32.0),
    ]


def test_a_lead_is_qualified_on_the_day_on_which_the_crm_first_had_it_in_the_stage(built: Built) -> None:
    assert built.rows(
        "select lead_id, stage, date_day::varchar, channel from marts.fct_qualified_leads order by all"
    ) == [
        ("501", "mql", "2026-01-15", "Paid Search"),
        # a click id of Facebook does not prove that the click was paid for
        ("503", "mql", "2026-01-16", "Organic Social"),
    ]


def test_people_reached_are_those_of_the_only_account_of_a_day(built: Built) -> None:
    assert built.rows(
        "select date_day::varchar, account_id, account_reach, reach from marts.fct_reach "
        "where period_grain = 'day' order by all"
    ) == [
        ("2026-01-11", "31", 420, 420),
        # who saw ads of both accounts is not known
        ("2026-01-12", "31", 430, None),
        ("2026-01-12", "32", 80, None),
        ("2026-01-13", "31", 150, 150),
    ]


def test_people_of_a_week_or_month_are_those_that_meta_counted_for_the_whole_of_it(built: Built) -> None:
    assert built.rows(
        "select period_grain, date_day::varchar, account_id, reach from marts.fct_reach "
        "where period_grain <> 'day' order by all"
    ) == [
        # of the month under way, the people so far
        ("month", "2026-01-01", "31", 900),
        ("month", "2026-02-01", "31", 400),
        ("week", "2026-01-05", "31", 420),
        ("week", "2026-01-12", "31", None),
        ("week", "2026-01-12", "32", None),
        # over since it was read, and never read as a whole
        ("week", "2026-01-26", "31", None),
        ("week", "2026-02-02", "31", 350),
        ("week", "2026-02-09", "31", 90),
    ]


def test_sessions_by_key_event_are_the_converting_sessions(built: Built) -> None:
    assert built.rows(
        "select key_event, date_day::varchar, events, sessions.is_converting from marts.fct_key_event_sessions"
        " full join marts.fct_sessions as sessions using (session_id, date_day)"
        " where key_event is not null or sessions.is_converting order by all"
    ) == [("generate_lead", "2026-01-12", 1, True)]

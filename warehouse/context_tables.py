"""The tables that tell what a value is compared with and held to; the same columns stand in the scorecard."""

from __future__ import annotations

from warehouse.layout import SEMANTIC
from warehouse.tables import (
    BAND,
    BENCHMARK,
    ELAPSED,
    EXPECTED,
    PROJECTED,
    TARGET,
    TARGET_START,
    YEAR_AGO_CHANGE,
    Table,
)

KPI_CONTEXT = Table(
    SEMANTIC,
    "kpi_context",
    "Every total, and every part of a KPI, in every period, beside what it is compared with; totals, and held to.",
    (
        ("kpi", "varchar not null", "Name of the KPI or metric, as in dim_kpi."),
        ("grain", "varchar not null", "Length of the period: day, week or month."),
        ("period_start", "date not null", "First day of the period."),
        ("segment_dimension", "varchar not null", "What the value is split by; empty for the total."),
        ("segment_value", "varchar not null", "Which part of the split; empty for the total."),
        ("previous_value", "double", "The value of the period before; NULL where that is only partly covered."),
        ("change_absolute", "double", "value - previous_value, in the KPI's unit; NULL while the period runs."),
        ("change_relative", "double", "Change against the period before, as a fraction of it."),
        ("year_ago_value", "double", "The value of the same month a year earlier, or of 364 days before."),
        YEAR_AGO_CHANGE,
        ("year_ago_change_relative", "double", "Change against the year before, as a fraction of it."),
        ("trailing_average", "double", "Mean of the 28 days, 8 weeks or 6 months before; of a ratio, ratio of sums."),
        (
            "target_value",
            "double",
            "The target in force on the period's last day, at the grain at which the KPI is read; NULL elsewhere.",
        ),
        *BAND,
        TARGET[1],
        TARGET_START,
        *TARGET[2:],
        ("attainment", "double", "How much of the target is reached; 1 is all of it. Of a running sum, so far."),
        ("expected_attainment", "double", "How much should be, by the way from baseline to target and the days gone."),
        ("expected_value", "double", EXPECTED),
        (
            "status",
            "varchar",
            "on_track, at_risk, off_track, no_target or not_enough_data, at the grain at which the KPI is read; of a "
            "running period, what it is on its way to.",
        ),
        ("period_elapsed", "double", ELAPSED),
        ("value_to_date", "double", "Of a running period: the KPI in its complete days."),
        ("projected_value", "double", PROJECTED),
        *BENCHMARK,
    ),
)

KPI_TARGETS = Table(
    SEMANTIC,
    "kpi_targets",
    "One row a target that a KPI has or had: a period is judged by the one in force on its last day.",
    (("kpi", "varchar not null", "Name of the KPI."), TARGET[0], *BAND, TARGET[1], TARGET_START, *TARGET[2:]),
)

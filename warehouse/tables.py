"""The tables that Python writes for readers: each column's name, type and meaning, said once.

The meanings become comments of the database, which travel into the publication and from there into BI tools and
docs/published-tables.md. The tables that dbt builds are described in their own YAML.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.layout import HISTORY, OPS, PUBLISHED, SEMANTIC


@dataclass(frozen=True)
class Table:
    """A table with its columns as (name, type and constraints, meaning)."""

    schema: str
    name: str
    comment: str
    columns: tuple[tuple[str, str, str], ...]

    @property
    def relation(self) -> str:
        return f"{self.schema}.{self.name}"

    def create(self, connection: duckdb.DuckDBPyConnection, *, catalog: str = "", replace: bool = False) -> None:
        """Create the table with its comments; one that is there is emptied by `replace`, and else keeps its rows."""
        place = f"{catalog}.{self.relation}" if catalog else self.relation
        columns = ", ".join(f"{name} {kind}" for name, kind, _ in self.columns)
        how = "create or replace table" if replace else "create table if not exists"
        connection.execute(f"{how} {place} ({columns})")
        connection.execute(f"comment on table {place} is {_text(self.comment)}")
        for name, _, meaning in self.columns:
            connection.execute(f"comment on column {place}.{name} is {_text(meaning)}")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


TARGET = (
    ("target_value", "double", "What the KPI is to reach by target_due, in its unit; NULL without a target."),
    ("target_baseline", "double", "Where the KPI stood when the target was set."),
    ("target_due", "date", "The day by which the target is to be reached."),
    ("target_owner", "varchar", "Who answers for reaching the target."),
)
BAND = (
    ("target_low", "double", "Lower end of the band that the KPI is to stay in."),
    ("target_high", "double", "Upper end of the band that the KPI is to stay in."),
)
TARGET_START = ("target_start", "date", "The first day on which the target is in force.")
YEAR_AGO_CHANGE = ("year_ago_change_absolute", "double", "value - year_ago_value, in the KPI's unit.")
BENCHMARK = (
    ("benchmark_value", "double", "What others reach, in the KPI's unit; NULL where a band or nothing is known."),
    ("benchmark_low", "double", "Lower end of what others reach."),
    ("benchmark_high", "double", "Upper end of what others reach."),
    ("benchmark_source", "varchar", "Where the benchmark is written."),
    ("benchmark_as_of", "date", "The day that the benchmark speaks of."),
)
_STAGE = "Stage of the customer journey: awareness, consideration, conversion or loyalty."
_UNIT = (
    "currency (reporting currency), per_mille_currency (for a thousand), ratio (0.05 is 5 %), multiple, count, number, "
    "seconds, hours, or days."
)
_ROLLS_UP = (
    "How values of several periods and segments become one: sum, ratio (sum of numerator / sum of denominator, times "
    "1000 for per_mille_currency), sum_in_period and ratio_in_period (over segments of one period alone), or none."
)
_DIRECTION = "Which way is better: up, down, or band (neither too little nor too much)."
_AUDIENCE = "For whom, separated by commas: ceo, marketing_manager, channel_specialist."
_CADENCE = "How often the KPI is read: daily, weekly or monthly."
_NULL_REASON = (
    "Why value is NULL: no_data, zero_denominator, missing_numerator or missing_denominator (its source is not "
    "connected, or gave nothing), not_yet (there are cases, and what is asked has not happened to them)."
)
_IS_COMPLETE = "True when the period is over and every source of the number has reached its last day."
_IS_FINAL = "True when no source of the number restates the period any more; a provisional number may still change."

_GRAIN = (
    "Length of the period: day, week (Monday to Sunday, ISO) or month; trailing_3_months and trailing_12_months are "
    "whole months up to the one that period_end ends."
)
_INTERVAL = "{} end of the 95 % interval of a proportion (Wilson) or net share (adjusted Wald); NULL for others."
_SEGMENT = (
    "What the value is split by: channel, campaign, country, device, landing_page, acquisition_cohort, source or "
    "key_event (whose parts overlap); empty for the total."
)
_PART = (
    "Which part of the split: a channel's name, a campaign's id, the month of the first order (2026-01) and so on; "
    "(not set) where the fact does not know it, empty for the total."
)
ELAPSED = "Share of the period that is over, 0 to 1, each weekday weighed by what it brought in the 8 weeks before."
EXPECTED = "What the target asks for by the period's end; of a running sum, by now. NULL for a band."
PROJECTED = "Where a running sum ends if it goes on as it began; NULL for other KPIs."

ABOUT = (
    "What is wrong when it fails, separated by commas: a table, raw_<source> for a source as a whole, "
    "semantic.kpi_values/<kpi> for one KPI. What rests on it keeps its last good state."
)

KPI_VALUES = Table(
    SEMANTIC,
    "kpi_values",
    "Every KPI and metric for every period and segment, the running period too.",
    (
        ("kpi", "varchar not null", "Name of the KPI or metric, as in dim_kpi."),
        ("grain", "varchar not null", _GRAIN),
        ("period_start", "date not null", "First day of the period."),
        ("period_end", "date not null", "Last day of the period."),
        ("segment_dimension", "varchar not null", _SEGMENT),
        ("segment_value", "varchar not null", _PART),
        ("value", "double", "The value in the unit of dim_kpi.unit; NULL where it is unknown, see null_reason."),
        ("numerator", "double", "What is divided; the value itself where nothing is. Add these up, never the values."),
        ("denominator", "double", "By what it is divided; NULL for a KPI that is no ratio."),
        ("sample_size", "bigint", "How many cases the value rests on; NULL where that is not counted."),
        ("null_reason", "varchar", _NULL_REASON),
        ("is_final", "boolean not null", _IS_FINAL),
        ("computed_at", "timestamptz not null", "The moment that the run took for now."),
        ("run_id", "varchar not null", "The run that computed the value."),
        ("is_complete", "boolean not null", _IS_COMPLETE),
        ("segment_label", "varchar not null", "Name of the part for people: a campaign's newest name; else the part."),
        ("interval_low", "double", _INTERVAL.format("Lower")),
        ("interval_high", "double", _INTERVAL.format("Upper")),
    ),
)

KPI_SCORECARD = Table(
    SEMANTIC,
    "kpi_scorecard",
    "One row a KPI: its newest complete period, with all that is needed to judge it.",
    (
        ("kpi", "varchar primary key", "Name of the KPI, as in dim_kpi."),
        ("label", "varchar not null", "Name for people."),
        ("stage", "varchar not null", _STAGE),
        ("cadence", "varchar not null", _CADENCE),
        ("audience", "varchar not null", _AUDIENCE),
        ("unit", "varchar not null", _UNIT),
        ("direction", "varchar not null", _DIRECTION),
        ("grain", "varchar not null", "Length of the period: day, week or month, by the cadence."),
        ("period_start", "date not null", "First day of the newest complete period."),
        ("period_end", "date not null", "Last day of the newest complete period."),
        ("value", "double", "The KPI in that period, in its unit; NULL where it is unknown, see null_reason."),
        ("numerator", "double", "What is divided; the value itself where nothing is."),
        ("denominator", "double", "By what it is divided; NULL for a KPI that is no ratio."),
        ("sample_size", "bigint", "How many cases the value rests on; NULL where that is not counted."),
        ("interval_low", "double", _INTERVAL.format("Lower")),
        ("interval_high", "double", _INTERVAL.format("Upper")),
        ("previous_value", "double", "The value of the period before."),
        ("change_absolute", "double", "value - previous_value, in the KPI's unit."),
        ("change_relative", "double", "Change against the period before, as a fraction of it."),
        ("year_ago_value", "double", "The value of the same period a year earlier."),
        ("year_ago_change_relative", "double", "Change against the year before, as a fraction of it."),
        ("trailing_average", "double", "Mean of the 28 days, 8 weeks or 6 months before; of a ratio, ratio of sums."),
        *TARGET,
        ("attainment", "double", "How much of the target is reached; 1 is all of it."),
        ("expected_attainment", "double", "How much should be, on the straight way from baseline to target."),
        ("status", "varchar not null", "on_track, at_risk, off_track, no_target or not_enough_data."),
        *BENCHMARK,
        ("is_final", "boolean not null", _IS_FINAL),
        ("null_reason", "varchar", _NULL_REASON),
        ("objective", "varchar not null", "The business objective that the KPI serves."),
        ("description", "varchar not null", "What the KPI tells."),
        ("formula", "varchar not null", "How it is worked out, in words."),
        ("owner", "varchar not null", "Who answers for the KPI."),
        ("is_focus", "boolean not null", "True for the few KPIs that the business has chosen to watch."),
        ("stage_order", "integer not null", "1 to 4: the order of the stages."),
        ("computed_at", "timestamptz not null", "The moment that the run took for now."),
        ("run_id", "varchar not null", "The run that computed the row."),
        *BAND,
        TARGET_START,
        YEAR_AGO_CHANGE,
        ("running_start", "date", "First day of the period that is running; NULL while none of its days is complete."),
        ("running_end", "date", "Last day of the period that is running."),
        ("running_elapsed", "double", ELAPSED),
        ("running_value", "double", "The KPI in the complete days of the running period."),
        ("running_expected_value", "double", EXPECTED),
        ("running_projected_value", "double", PROJECTED),
        ("running_status", "varchar", "The status that the running period is on its way to."),
        (
            "is_stale",
            "boolean not null default false",
            "True when the newest run did not prove the KPI: the row is its last good one, as of computed_at.",
        ),
        ("stale_reason", "varchar", "What was wrong with what it rests on; NULL where is_stale is false."),
    ),
)

KPI_DRIVERS = Table(
    SEMANTIC,
    "kpi_drivers",
    "Why each KPI of the scorecard moved: its change, and the parts that sum to it exactly (docs/why-it-moved.md).",
    (
        ("kpi", "varchar not null", "Name of the KPI, as in dim_kpi."),
        ("grain", "varchar not null", "Length of the period: day, week or month, by the cadence."),
        ("period_start", "date not null", "First day of the newest complete period."),
        ("against", "varchar not null", "What it is compared with: previous (the period before) or year_ago."),
        ("against_start", "date not null", "First day of the period that it is compared with."),
        (
            "segment_dimension",
            "varchar not null",
            "By what the change is split: channel; empty for the factors in total.",
        ),
        (
            "factor",
            "varchar not null",
            "The factor that moved: a KPI or metric, or one / another; empty for the whole.",
        ),
        (
            "part",
            "varchar not null",
            "total (the whole change), factor, rate (within a segment) or mix (between segments).",
        ),
        (
            "segment_value",
            "varchar not null",
            "Which segment moved; (other) for what no segment holds; empty for a factor in total.",
        ),
        (
            "segment_label",
            "varchar not null",
            "The segment's name for people: a campaign's newest name; else the segment.",
        ),
        (
            "effect_absolute",
            "double not null",
            "What it did to the KPI, in its unit; the parts of a segment_dimension sum to the total.",
        ),
        ("effect_relative", "double", "The same as a fraction of the value before; NULL where that was 0."),
        ("rank", "integer not null", "1 for the largest part of its segment_dimension; 0 for the whole change."),
        ("words", "varchar not null", "The part in words; at rank 0 one sentence for the whole change."),
        ("computed_at", "timestamptz not null", "The moment that the run took for now."),
        ("run_id", "varchar not null", "The run that computed the row."),
    ),
)

KPI_ANOMALIES = Table(
    SEMANTIC,
    "kpi_anomalies",
    "Periods of the KPIs that lie outside of what their own past lets expect (docs/anomalies.md).",
    (
        ("kpi", "varchar not null", "Name of the KPI, as in dim_kpi."),
        (
            "grain",
            "varchar not null",
            "That of the KPI's cadence: day, week or month; day for a single day without data.",
        ),
        ("period_start", "date not null", "First day of the period."),
        ("segment_dimension", "varchar not null", "channel; empty for the total."),
        ("segment_value", "varchar not null", "The channel's name; empty for the total."),
        ("value", "double", "What was found, in the KPI's unit; NULL where the value is missing."),
        ("expected", "double", "What the past lets expect; NULL where the value is missing."),
        ("expected_low", "double", "Lower end of the expected range; it holds all but the accepted false alarms."),
        ("expected_high", "double", "Upper end of the expected range."),
        ("score", "double", "Distance from what was expected, in robust standard deviations of past errors."),
        ("side", "varchar not null", "high, low, or missing (no data where there always was)."),
        ("verdict", "varchar not null", "worse, better, or different for a KPI that is to stay in a band."),
        (
            "severity",
            "varchar not null",
            "minor, major (1.5 times as far out as the range reaches) or critical (2.5 times).",
        ),
        ("state", "varchar not null", "anomaly, or held_back while the period is provisional and may still change."),
        ("computed_at", "timestamptz not null", "The moment that the run took for now."),
        ("run_id", "varchar not null", "The run that judged the period, with all that was restated by then."),
    ),
)

KPI_ADVICE = Table(
    SEMANTIC,
    "kpi_advice",
    "What to do, with its evidence: the rules of config/advice.toml that hold now (docs/anomalies.md).",
    (
        ("rank", "integer not null", "1 for the most urgent: by severity, then by what it costs."),
        ("advice_id", "varchar primary key", "Stays while the same rule speaks of the same KPI, segment and period."),
        ("kpi", "varchar not null", "Name of the KPI, as in dim_kpi."),
        ("segment_dimension", "varchar not null", "channel; empty for the total."),
        ("segment_value", "varchar not null", "The channel's name; empty for the total."),
        ("rule", "varchar not null", "Name of the rule that holds."),
        ("severity", "varchar not null", "critical, warning or info."),
        ("title", "varchar not null", "What to do."),
        ("evidence", "varchar not null", "What it rests on, with its numbers."),
        (
            "cost_of_inaction",
            "double",
            "Money lost against what was expected, or against the target; NULL where that is not known.",
        ),
        ("grain", "varchar not null", "Length of the period: day, week or month."),
        ("period_start", "date not null", "First day of the newest period that it speaks of."),
        ("is_final", "boolean not null", _IS_FINAL),
        ("computed_at", "timestamptz not null", "The moment that the run took for now."),
        ("run_id", "varchar not null", "The run that gave the advice."),
    ),
)

DIM_KPI = Table(
    SEMANTIC,
    "dim_kpi",
    "One row a KPI or metric: what it means, how it is worked out, and by what it is judged.",
    (
        ("kpi", "varchar primary key", "Name of the KPI or metric."),
        ("label", "varchar not null", "Name for people."),
        ("kind", "varchar not null", "kpi (serves an objective, is on the scorecard) or metric (counted for it)."),
        ("stage", "varchar not null", _STAGE),
        ("cadence", "varchar", f"{_CADENCE} NULL for a metric."),
        ("audience", "varchar not null", f"{_AUDIENCE} Empty for a metric."),
        ("unit", "varchar not null", _UNIT),
        ("direction", "varchar not null", _DIRECTION),
        ("objective", "varchar", "The business objective that it serves; NULL for a metric."),
        ("description", "varchar not null", "What it tells."),
        ("formula", "varchar not null", "How it is worked out, in words."),
        ("numerator_name", "varchar", "The metric that is divided; NULL where nothing is."),
        ("denominator_name", "varchar", "The metric by which it is divided; NULL where nothing is."),
        ("owner", "varchar not null", "Who answers for it."),
        ("valid_min", "double", "A value below is a fault of the data: the last good one stays."),
        ("valid_max", "double", "A value above is a fault of the data: the last good one stays."),
        ("max_data_age_hours", "integer", "How long ago its newest day with data may have ended."),
        ("sources", "varchar not null", "The connected sources that it counts, separated by commas."),
        (
            "segments",
            "varchar not null",
            "By what it can be split, separated by commas; the parts by key_event overlap, all others add up.",
        ),
        ("is_focus", "boolean not null", "True for the few KPIs that the business has chosen to watch."),
        TARGET[0],
        *BAND,
        TARGET[1],
        TARGET_START,
        *TARGET[2:],
        *BENCHMARK,
        ("what_moves_it", "varchar", "What makes it rise or fall; NULL for a metric."),
        ("where_it_is_wrong", "varchar", "Where it misleads, and what it cannot tell; NULL for a metric."),
        ("when_it_is_off", "varchar", "What to do when it is off its target; NULL for a metric."),
        ("rolls_up", "varchar not null", _ROLLS_UP),
    ),
)

KPI_CONTRIBUTIONS = Table(
    SEMANTIC,
    "kpi_contributions",
    "What an account of a source adds to a metric on a day, for metrics that add up over accounts and days.",
    (
        ("metric", "varchar not null", "Name of the metric, straight from a fact."),
        ("date_day", "date not null", "The day to which it counts."),
        ("source", "varchar not null", "The source whose rows they are, such as google_ads."),
        ("account_id", "varchar not null", "The account in the source; empty where it has only one."),
        ("currency_code", "varchar not null", "The currency in which the rows came; empty where it does not matter."),
        ("fx_rate", "double", "What one unit of that currency was worth in the reporting currency on that day."),
        ("value", "decimal(38, 9)", "What the rows add to the metric."),
        ("basis", "decimal(38, 9)", "What they would add if all of them counted in full; NULL where all do."),
    ),
)

KPI_INPUTS = Table(
    SEMANTIC,
    "kpi_inputs",
    "Of which metrics the two sides of a KPI are the sum; without rows where a side is no such sum.",
    (
        ("kpi", "varchar not null", "Name of the KPI or metric."),
        ("side", "varchar not null", "numerator (also of what is not divided) or denominator."),
        ("metric", "varchar not null", "Name of the metric, straight from a fact."),
        ("weight", "double not null", "By how much it counts: 1, or -1 where it is taken off."),
    ),
)

KPI_DEFINITIONS = Table(
    SEMANTIC,
    "kpi_definitions",
    "How each KPI was worked out: another row means another formula, other models or other settings.",
    (
        ("kpi", "varchar primary key", "Name of the KPI or metric."),
        ("code_digest", "varchar not null", "A digest of its formula and of the code of all models behind it."),
        ("settings", "varchar not null", "The settings that those models read, as JSON."),
    ),
)

DIM_BUSINESS = Table(
    SEMANTIC,
    "dim_business",
    "One row: whose numbers these are, and the settings that they were computed with.",
    (
        ("name", "varchar not null", "Name of the business."),
        ("reporting_currency", "varchar not null", "ISO 4217 code of the currency of every amount."),
        ("time_zone", "varchar not null", "IANA time zone in which a business day starts and ends."),
        ("attribution_model", "varchar not null", "The model that KPIs credit channels by."),
        ("attribution_lookback_days", "integer not null", "Days before a conversion in which a touch can be credited."),
        ("fx_max_age_days", "integer not null", "Days for which an exchange rate is carried; an older one is none."),
    ),
)

CHECK_RESULTS = Table(
    OPS,
    "check_results",
    "One row a check of the gate that stands before every publication.",
    (
        ("run_id", "varchar", "The run that was checked."),
        ("check_name", "varchar", "Name of the check."),
        ("table_name", "varchar", "The table that was checked, with its schema."),
        ("severity", "varchar", "block (what rests on it keeps its last good state) or warn."),
        ("passed", "boolean", "Whether the check held."),
        ("value", "varchar", "What was found."),
        ("limit_text", "varchar", "What was allowed."),
        ("mend", "varchar", "What to do when it failed."),
        ("owner", "varchar", "Who answers for it."),
        ("checked_at", "timestamptz", "When it was checked, UTC."),
        ("about", "varchar", ABOUT),
    ),
)

PUBLICATION = Table(
    PUBLISHED,
    "publication",
    "One row: what this version of the numbers is.",
    (
        ("run_id", "varchar", "The run that published this version."),
        ("published_at", "timestamptz", "When it was published, UTC."),
        ("data_through", "date", "The newest day that every source which delivers within three days has reached."),
        ("checks_passed", "bigint", "Checks of the gate that held."),
        ("checks_total", "bigint", "Checks of the gate that were made."),
    ),
)

_NUMBER = "Counts the publications; the first one that was remembered is 1."
PUBLICATION_HISTORY = Table(
    HISTORY,
    "publication",
    "One row a publication: the line of published.publication as it was.",
    (("publication_number", "bigint", _NUMBER), *PUBLICATION.columns),
)

KPI_REPORTED = Table(
    PUBLISHED,
    "kpi_reported",
    "What was published of each KPI and metric: a row each time that a value, its parts or its state became another.",
    (
        ("kpi", "varchar not null", "Name of the KPI or metric, as in dim_kpi."),
        ("grain", "varchar not null", _GRAIN),
        ("period_start", "date not null", "First day of the period."),
        ("period_end", "date not null", "Last day of the period."),
        ("segment_dimension", "varchar not null", "What the value is split by: channel; empty for the total."),
        ("segment_value", "varchar not null", "Which part of the split: a channel's name; empty for the total."),
        ("version", "bigint not null", "Counts the versions of the value; the first one is 1."),
        ("reported_at", "timestamptz not null", "When this version was published first, UTC."),
        ("replaced_at", "timestamptz", "When another one took its place; NULL for the one that holds."),
        ("value", "double", "The value as it was published; NULL where it was unknown, see null_reason."),
        ("numerator", "double", "What was divided; the value itself where nothing was."),
        ("denominator", "double", "By what it was divided; NULL for a KPI that is no ratio."),
        ("null_reason", "varchar", f"{_NULL_REASON} withdrawn: it was not published any more."),
        ("is_complete", "boolean not null", _IS_COMPLETE),
        ("is_final", "boolean not null", _IS_FINAL),
        (
            "is_first_report",
            "boolean not null",
            "True for the first version that was published of the complete period.",
        ),
        (
            "first_reported_value",
            "double",
            "The value of that first report; compare value with it to see restatements.",
        ),
        ("first_reported_at", "timestamptz", "When the complete period was published first; NULL before that."),
        ("publication_number", "bigint not null", _NUMBER),
        ("run_id", "varchar not null", "The run that published this version first."),
    ),
)

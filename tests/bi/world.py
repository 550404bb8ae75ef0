"""A small publication with values by channel, and the same one a day later with other numbers."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.warehouse.small import AS_OF, build_warehouse
from warehouse.publish import publish
from warehouse.settings import Settings

_ONE_SPECIALIST = "update semantic.dim_kpi set audience = 'ceo,channel_specialist' where kpi = 'click_through_rate'"
_SCORES = """
update semantic.kpi_scorecard set value = v.value, numerator = v.numerator, audience = d.audience
from semantic.kpi_values as v, semantic.dim_kpi as d
where v.kpi = kpi_scorecard.kpi and v.grain = kpi_scorecard.grain and v.period_start = kpi_scorecard.period_start
    and v.segment_dimension = '' and d.kpi = kpi_scorecard.kpi
"""


def build(settings: Settings) -> None:
    """Write the warehouse. Cost per lead is split by channel into 80 / 40 and 25 / 2, in total 105 / 42."""
    build_warehouse(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for part, above, below in (("Paid Search", 80.0, 40.0), ("Paid Social", 25.0, 2.0)):
            connection.execute(
                "insert into semantic.kpi_values by name "
                f"select * replace ('channel' as segment_dimension, '{part}' as segment_value, "
                f"'{part}' as segment_label, {above}::double as numerator, {below}::double as denominator, "
                f"{above} / {below} as value) "
                "from semantic.kpi_values where kpi = 'cost_per_lead' and segment_dimension = ''"
            )
        connection.execute(_ONE_SPECIALIST)
        connection.execute(_SCORES)


def release(settings: Settings, number: int, factor: float = 1.0) -> None:
    """Publish as run `number`, after every value and numerator was multiplied by `factor`."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(f"update semantic.kpi_values set value = value * {factor}, numerator = numerator * {factor}")
        connection.execute(f"update marts.campaign_daily set spend_amount = spend_amount * {factor}")
        connection.execute(_SCORES)
    publish(
        settings,
        run_id=f"run-{number}",
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=9,
        checks_total=10,
    )

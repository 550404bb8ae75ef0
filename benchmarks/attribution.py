"""Every attribution model against the channel effects that the sandbox planted.

`kpi sandbox demo`, then `python -m benchmarks.attribution`: prints the tables of docs/attribution.md. It reads the
demo's warehouse, and works on a copy of it.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate, combinations
from pathlib import Path
from random import Random

import duckdb

from ingestion.sandbox.world_catalog import COUNTRIES, TOUCHES, touch_weights
from ingestion.sandbox.world_people import COMES_AGAIN, RETURNS, lead_chance
from transform.build import build
from warehouse.attribution import MODELS
from warehouse.settings import Settings, load_settings

AS_OF = datetime(2026, 11, 23, 8, tzinfo=UTC)
PEOPLE = 300_000
MODELS_SQL = (
    "int_journey_paths int_attribution_paths int_attribution_values int_attribution_shares fct_attribution "
    "attribution_channels"
)
# A lead ends a journey here; everything before it is as it was.
_ENDED_BY_LEADS = """
create temp table leads as
    select person_id, min(lead_at) as lead_at from marts.fct_leads group by person_id;
create temp table visits as
    select journey.* replace (journey.person_id as journey_id, leads.person_id as conversion_id)
    from marts.fct_customer_journey as journey left join leads using (person_id)
    where touchpoint_type = 'session' and (
        leads.lead_at is null
        or (touched_at <= leads.lead_at and touched_at >= leads.lead_at - interval 90 day)
    );
delete from marts.fct_customer_journey;
insert into marts.fct_customer_journey by name
    select * replace (row_number() over (partition by journey_id order by touched_at, session_id) as touchpoint_number)
    from visits;
delete from intermediate.int_journeys;
insert into intermediate.int_journeys by name
    select person_id as journey_id, person_id, 1 as journey_number, leads.person_id as conversion_id,
           case when leads.person_id is not null then 'first_purchase' end as conversion_type, leads.lead_at as ends_at,
           case when leads.person_id is not null then 1 end as revenue_amount
    from marts.dim_person left join leads using (person_id);
delete from marts.fct_orders;
insert into marts.fct_orders by name
    select person_id as order_id, person_id, lead_at as won_at, lead_at::date as date_day, 1 as revenue_amount
    from leads;
"""


def planted() -> tuple[dict[str, float], dict[str, float]]:
    """Shares of leads by the planted chances: Shapley values of channels, and what is lost without each.

    People are drawn as the world draws them, but go on after they would have become a lead: whether they come again
    does not depend on the channel. A coalition of channels leaves of their visits its own.
    """
    chance = Random(20261123)
    countries, weights = list(COUNTRIES), list(accumulate(COUNTRIES.values()))
    drawn = {country: tuple(list(accumulate(row)) for row in touch_weights(country)) for country in countries}
    shapley: dict[str, float] = {}
    lost: dict[str, float] = {}
    for _ in range(PEOPLE):
        first, again, _known = drawn[chance.choices(countries, cum_weights=weights)[0]]
        touches = chance.choices(range(len(TOUCHES)), cum_weights=first)
        while len(touches) <= 12 and chance.random() < (RETURNS if len(touches) == 1 else COMES_AGAIN):
            touches += chance.choices(range(len(TOUCHES)), cum_weights=again)
        channels = sorted({TOUCHES[touch].channel for touch in touches})
        worth = {
            frozenset(some): _chance([touch for touch in touches if TOUCHES[touch].channel in some])
            for size in range(len(channels) + 1)
            for some in combinations(channels, size)
        }
        whole = frozenset(channels)
        for channel in channels:
            lost[channel] = lost.get(channel, 0) + worth[whole] - worth[whole - {channel}]
            for some, value in worth.items():
                if channel in some:
                    orders = math.factorial(len(some) - 1) * math.factorial(len(channels) - len(some))
                    part = orders / math.factorial(len(channels)) * (value - worth[some - {channel}])
                    shapley[channel] = shapley.get(channel, 0) + part
    return _shares(shapley), _shares(lost)


def _chance(touches: list[int]) -> float:
    stays = 1.0
    for place, touch in enumerate(touches):
        stays *= 1 - lead_chance(touches[:place], touch)
    return 1 - stays


def _shares(numbers: dict[str, float]) -> dict[str, float]:
    return {name: number / sum(numbers.values()) for name, number in numbers.items()}


def measured(settings: Settings, ended_by: str) -> tuple[dict[str, dict[str, float]], float]:
    """Each model's credited shares of first conversions by channel, and how many conversions had a visit."""
    with tempfile.TemporaryDirectory() as folder:
        copy = settings.model_copy(update={"home": Path(folder)})
        shutil.copy(settings.warehouse, copy.warehouse)
        if ended_by == "leads":
            with duckdb.connect(str(copy.warehouse)) as connection:
                connection.execute(_ENDED_BY_LEADS)
        build(copy, run_id="attribution", as_of=AS_OF, select=MODELS_SQL)
        with duckdb.connect(str(copy.warehouse), read_only=True) as connection:
            rows = connection.execute(
                "select model, channel, credited_conversions from marts.attribution_channels"
                " where conversion_type = 'first_purchase' and channel != '(unattributed)'"
            ).fetchall()
    found: dict[str, dict[str, float]] = {}
    for model, channel, conversions in rows:
        found.setdefault(model, {})[channel] = conversions
    return {model: _shares(found[model]) for model in MODELS}, sum(found["linear"].values())


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    """The share of all credit that stands at the wrong channel."""
    return sum(abs(one.get(name, 0) - other.get(name, 0)) for name in {*one, *other}) / 2


def noise(truth: dict[str, float], conversions: float) -> float:
    """The distance to expect of a model that is right, from chance alone: each share is one of that many draws."""
    return sum(math.sqrt(2 * share * (1 - share) / (math.pi * conversions)) for share in truth.values()) / 2


def main(say: Callable[[str], None] = print) -> None:
    settings = load_settings()
    shapley, lost = planted()
    channels = sorted(shapley, key=lambda name: -shapley[name])
    for ended_by in ("leads", "purchases"):
        models, conversions = measured(settings, ended_by)
        columns = {"planted": shapley, "planted, removal": lost, **models}
        say(f"\nJourneys that end with {ended_by}: {conversions:.0f} with a visit\n")
        say("| channel | " + " | ".join(columns) + " |")
        say("|---|" + "---:|" * len(columns))
        for channel in channels:
            say(f"| {channel} | " + " | ".join(f"{100 * one.get(channel, 0):.1f}" for one in columns.values()) + " |")
        for name, truth in (("planted", shapley), ("planted, removal", lost)):
            errors = (f"{100 * distance(one, truth):.1f}" for one in columns.values())
            say(f"| **error against {name}** | " + " | ".join(errors) + " |")
        say(f"\nChance alone makes an error of {100 * noise(shapley, conversions):.1f}.")


if __name__ == "__main__":
    main()

"""What Markov removal effects and Shapley values say of channels; the arithmetic is `transform.attribution`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from transform.attribution.counting import moves, sets
from transform.attribution.markov import effects_of_moves
from transform.attribution.sharing import with_effects

NUMBERS = (
    "removal_effect",
    "value_removal_effect",
    "conversions_per_journey",
    "value_per_journey",
    "standard_error",
    "markov_share",
    "shapley_share",
)


def model(dbt: Any, session: Any) -> Any:
    """One row a conversion type, set of channels and channel of the set."""
    paths = dbt.ref("int_attribution_paths")
    walked = moves(paths, int(dbt.config.get("markov_order")))
    rows = [
        {"conversion_type": kind, **asdict(one)}
        for kind, counted in sorted(sets(paths).items())
        for one in with_effects(counted, effects_of_moves(walked.get(kind, [])))
    ]
    # JSON keeps every bit of a double, and needs no library of frames.
    numbers = ", ".join(f"cast(item ->> '{name}' as double) as {name}" for name in NUMBERS)
    return session.sql(
        "select item ->> 'conversion_type' as conversion_type, cast(item -> 'channels' as varchar[]) as channel_set,"
        f" item ->> 'channel' as channel, {numbers} from (select unnest(cast(? as json[])) as item)",
        params=[orjson.dumps(rows).decode()],
    )

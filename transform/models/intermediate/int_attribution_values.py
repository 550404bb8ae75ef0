"""What Markov removal effects and Shapley values say of channels; the arithmetic is `transform.attribution`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from transform.attribution.journeys import Counted
from transform.attribution.sharing import channels_in_sets

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
    order = int(dbt.config.get("markov_order"))
    by_type: dict[str, list[Counted]] = {}
    paths = dbt.ref("int_attribution_paths")
    for kind, path, *counts in paths.project(
        "conversion_type, path, conversions, non_conversions, cast(value as double)"
    ).fetchall():
        by_type.setdefault(kind, []).append(Counted(tuple(path), *counts))
    rows = [
        {"conversion_type": kind, **asdict(one)}
        for kind, counted in sorted(by_type.items())
        for one in channels_in_sets(counted, order)
    ]
    # JSON keeps every bit of a double, and needs no library of frames.
    numbers = ", ".join(f"cast(item ->> '{name}' as double) as {name}" for name in NUMBERS)
    return session.sql(
        "select item ->> 'conversion_type' as conversion_type, cast(item -> 'channels' as varchar[]) as channel_set,"
        f" item ->> 'channel' as channel, {numbers} from (select unnest(cast(? as json[])) as item)",
        params=[orjson.dumps(rows).decode()],
    )

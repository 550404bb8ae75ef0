"""Four visits to the tiny business's site, for the sources that read GA4."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from ingestion.sandbox.model import Session, Visitor, World
from ingestion.sandbox.world_catalog import TOUCHES

ORGANIC, DIRECT, EMAIL = (
    next(n for n, touch in enumerate(TOUCHES) if touch.channel == name)
    for name in ("Organic Search", "Direct", "Email")
)
DARK_DAY = date(2026, 11, 19)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# 23:30 UTC is past midnight in Berlin: the visit is one of the 20th.
FIRST, SECOND, UNKNOWN, LATE = (
    seconds(text) for text in ("2026-11-18T09:00", "2026-11-19T23:30", "2026-11-20T10:00", "2026-11-20T11:00")
)


def with_visits(world: World) -> World:
    """Anna on the 18th and, engaged, on the 20th; somebody without consent; Lea, whose events come three days late."""

    def visit(visitor: int, number: int, started_at: int, touch: int, late_days: int = 0) -> Session:
        is_engaged = number == 2
        return Session(visitor, number, started_at, touch, "", 1, is_engaged, 0, False, late_days, 0)

    return replace(
        world,
        visitors=(
            Visitor("12.34", "DE", "DESKTOP", True, FIRST, ORGANIC),
            Visitor("56.78", "CH", "MOBILE", False, UNKNOWN, DIRECT),
            Visitor("90.12", "AT", "MOBILE", True, LATE, EMAIL),
        ),
        sessions={
            date(2026, 11, 18): (visit(0, 1, FIRST, ORGANIC),),
            date(2026, 11, 20): (
                visit(0, 2, SECOND, DIRECT),
                visit(1, 1, UNKNOWN, DIRECT),
                visit(2, 1, LATE, EMAIL, late_days=3),
            ),
        },
        dark_days=frozenset({DARK_DAY}),
    )

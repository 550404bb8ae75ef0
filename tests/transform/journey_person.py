"""What is received of one person, and what has to come of it: the words in which journeys are worked out by hand.

Seen from 2026-03-10; the business' day is Berlin's, one hour ahead of UTC. The look-back is 90 days, 30 for leads; a
download is a key event; MQL qualifies. Every person is a contact of its name with a browser of its name, unless it says
otherwise, and comes by organic search.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.transform.hand_world import Row, traffic

ORGANIC = traffic("Organic Search", "google", "organic")
EMAIL = traffic("Email", "newsletter", "email")
SOCIAL = traffic("Paid Social", "facebook", "paid_social")
PROSPECTING = SOCIAL | {"session_campaign_id": "21"}
SEARCH = traffic("Paid Search", "google", "cpc")

Touch = tuple[int, str]
Path = list[int]


@dataclass(frozen=True)
class Person:
    """What is received of one person, and what has to come of it.

    `visits` are moments of sessions numbered from 1, each with the events in it; `leads` moments of contacts.
    `touches` are (type, moment) of the journey in order, as far as they are no session; `paths` the numbers of the
    sessions on the path of each conversion, in the order of time, by type.
    """

    name: str
    visits: tuple[tuple[str, Row], ...] = ()
    events: tuple[tuple[int, str, str], ...] = ()
    """(session, moment, name) of events besides the page views."""
    leads: tuple[str, ...] = ()
    contact: Row = field(default_factory=dict)
    stages: tuple[tuple[str, str], ...] = ()
    won: tuple[str, ...] = ()
    deal: Row = field(default_factory=dict)
    """Columns in which its deals differ from won ones of 100 EUR."""
    knows_browser: bool = True
    touches: tuple[tuple[str, str], ...] | None = None
    paths: dict[str, list[Path]] = field(default_factory=dict)
    becomes: tuple[Row, ...] = ()
    """Columns of the rows of fct_customer_journey that are sessions or ad clicks, in order."""


def at(*moments: str, more: Row = ORGANIC) -> tuple[tuple[str, Row], ...]:
    """Sessions at moments of 2026."""
    return tuple((moment, more) for moment in moments)


def moment(text: str) -> str:
    """A moment of 2026 as an ISO timestamp."""
    day, time = text.split()
    return f"{day if len(day) == 10 else f'2026-{day}'} {time if len(time) == 8 else f'{time}:00'}"

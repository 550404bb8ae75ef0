"""Which days are worked: Monday to Friday, or as the calendar of a country says."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_SATURDAY = 5
# Within twelve years the first of each month has been every day of the week.
_YEARS = 12


class Workdays:
    """The working days of a place, such as `DE` or `DE-BE`; without one, Monday to Friday.

    A place brings its public holidays and its own days of rest, such as Friday and Saturday in Saudi Arabia.
    """

    def __init__(self, place: str = "") -> None:
        self._calendar = _calendar(known_place(place)) if place else None

    def __contains__(self, day: date) -> bool:
        if self._calendar is None:
            return day.weekday() < _SATURDAY
        with warnings.catch_warnings():
            # Of years that a calendar does not reach it knows the days of rest alone.
            warnings.simplefilter("ignore")
            return bool(self._calendar.is_working_day(day))

    def first_of(self, month: date) -> date:
        """The first working day of the month in which `month` lies."""
        day = month.replace(day=1)
        while day not in self:
            day += timedelta(days=1)
        return day

    def latest_first(self, year: int) -> int:
        """The latest day of a month that is its first working day, in `year` and the eleven after it."""
        months = (date(year + later, month, 1) for later in range(_YEARS) for month in range(1, 13))
        return max(self.first_of(month).day for month in months)


def known_place(place: str) -> str:
    """The place as it is. Raises ValueError for one whose public holidays are not known."""
    if not place:
        return place
    from holidays import list_supported_countries

    country, dash, part = place.partition("-")
    countries = list_supported_countries()
    if country not in countries:
        raise ValueError("is no country with known holidays; write its ISO 3166 code such as DE, or DE-BE for a part")
    parts = sorted(countries[country])
    if dash and part not in parts:
        mend = f"write {country} or, after its hyphen, one of {', '.join(parts)}" if parts else f"write {country}"
        raise ValueError(f"{country} has no such part; {mend}")
    return place


def _calendar(place: str) -> HolidayBase:
    from holidays import country_holidays

    country, _, part = place.partition("-")
    return country_holidays(country, subdiv=part or None)

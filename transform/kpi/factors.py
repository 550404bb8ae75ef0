"""What a KPI's declared factors are made of, and whether their product is the KPI."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from transform.kpi.meta import FactorBlock
from warehouse.errors import ConfigurationError


class Sided(Protocol):
    """What a definition says about its sides; each is the name of a metric."""

    @property
    def name(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def numerator(self) -> str | None: ...
    @property
    def denominator(self) -> str | None: ...


def sides_of(factor: FactorBlock, definitions: Mapping[str, Sided]) -> tuple[str, str | None]:
    """The metrics that the factor divides: its own numerator and denominator, or `name` and `per`."""
    definition = definitions[factor.name]
    return definition.numerator or factor.name, factor.per or definition.denominator


def check_factors(definition: Sided, definitions: Mapping[str, Sided]) -> None:
    """Raises ConfigurationError where a factor is no KPI or metric, or the product is not the KPI.

    The metrics above and below the line must cancel out to the KPI's numerator and denominator. With an offset the
    numerator is a difference, which no cancelling shows; there the tests compare values.
    """
    factors: tuple[FactorBlock, ...] = getattr(definition, "factors", ())
    if not factors:
        return
    subject = f"{definition.file}: KPI {definition.name}: field factors"
    for place, factor in enumerate(factors):
        for field in ("name", "per"):
            named = getattr(factor, field)
            if named is not None and named not in definitions:
                near = difflib.get_close_matches(named, list(definitions), n=1)
                mend = f"did you mean {near[0]}?" if near else "name a KPI or metric of the registry"
                raise ConfigurationError(f"{subject}.{place}.{field} = {named!r}: no such KPI or metric; {mend}")
        if factor.per is not None and definitions[factor.name].denominator is not None:
            raise ConfigurationError(
                f"{subject}.{place}.per = {factor.per!r}: {factor.name} is divided already; leave `per` out"
            )
    if getattr(definition, "factors_offset", 0.0):
        return
    wanted = Counter({definition.numerator or definition.name: 1})
    if definition.denominator:
        wanted[definition.denominator] -= 1
    product: Counter[str] = Counter()
    for factor in factors:
        numerator, denominator = sides_of(factor, definitions)
        power = -1 if factor.divides else 1
        product[numerator] += power
        if denominator:
            product[denominator] -= power
    if not _same(product, wanted):
        raise ConfigurationError(
            f"{subject}: their product is {_shown(product)}, the KPI is {_shown(wanted)}; "
            "add the factor that is missing, or set divides"
        )


def _same(one: Counter[str], other: Counter[str]) -> bool:
    return {name: power for name, power in one.items() if power} == {name: p for name, p in other.items() if p}


def _shown(powers: Counter[str]) -> str:
    above = [name for name, power in sorted(powers.items()) for _ in range(power)]
    below = [name for name, power in sorted(powers.items()) for _ in range(-power)]
    return " x ".join(above or ["1"]) + (f" / ({' x '.join(below)})" if below else "")

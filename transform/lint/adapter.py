"""What sqlfluff sees in place of dbt's adapter: a dispatched macro reads as a function of its first argument."""

from __future__ import annotations

from collections.abc import Callable

# Macros that stand for a whole query.
_QUERIES = {"component_labels": "select '' as node, '' as label"}


def dispatch(name: str, _package: str) -> Callable[..., str]:
    """A stand-in for the macro `name` of any engine."""

    def call(first: object, *_: object) -> str:
        return _QUERIES.get(name, f"{name}({first})")

    return call

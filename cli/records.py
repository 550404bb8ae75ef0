"""Reading the ops tables of the warehouse for a person, while no refresh holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


def read_ops(
    ask: Callable[[duckdb.DuckDBPyConnection], T], source: str | None = None, *, beside: tuple[str, ...] = ()
) -> T:
    """What `ask` finds in the warehouse of this home; `beside` the sources, these names may be asked for.

    Raises ConfigurationError for a `source` that nobody knows, a warehouse that is not there or that a refresh holds,
    and one of an older version.
    """
    import duckdb

    from ingestion.catalog import discover
    from refresh.names import near
    from warehouse.connection import reader
    from warehouse.settings import load_settings

    settings = load_settings()
    known = [*discover(), *beside]
    if source is not None and source not in known:
        raise ConfigurationError(f"--source {source!r}: no such source; {near(source, known)}")
    with reader(settings.warehouse) as connection:
        try:
            return ask(connection)
        except (duckdb.CatalogException, duckdb.BinderException):
            raise ConfigurationError(
                f"{settings.warehouse}: was made by an older version, or nothing was loaded yet; run `kpi refresh` once"
            ) from None

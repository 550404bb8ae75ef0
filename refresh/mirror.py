"""The copy of each publication in Postgres, where `.dlt/secrets.toml` names a database: `mirror.postgres`."""

from __future__ import annotations

from dataclasses import dataclass

from refresh.home import is_sandbox
from warehouse.errors import ConfigurationError, KpiError
from warehouse.settings import Settings


@dataclass(frozen=True)
class Copied:
    """What became of a copy: what is there now, and what a person should hear. Both empty where none is configured."""

    detail: str = ""
    warnings: tuple[str, ...] = ()


def configured() -> str | None:
    """The address of the database that each publication is copied to; None where there is none.

    Raises ConfigurationError when it is no text.
    """
    from ingestion.credentials import read

    found = read("mirror.postgres")
    if isinstance(found, dict):
        raise ConfigurationError(
            '.dlt/secrets.toml: mirror.postgres: is no text; write postgres = "postgresql://user:password@host/database"'
        )
    return found


def copy_publication(settings: Settings) -> Copied:
    """Copy the current publication to the database that is configured.

    A database that cannot be reached is a warning: the publication stands, and the next one is copied again. Numbers
    of the sandbox are never copied: the database is the business's own.
    """
    if is_sandbox(settings.home):
        return Copied()
    try:
        if (url := configured()) is None:
            return Copied()
        # 0.1 s of import that most homes have no use for
        from warehouse.postgres import mirror

        mirrored = mirror(settings.publication, url)
    except KpiError as error:
        return Copied(warnings=(f"not copied to Postgres: {error}",))
    detail = f"{mirrored.place}: {len(mirrored.rows)} tables, {sum(mirrored.rows.values()):,} rows"
    return Copied(detail, (mirrored.note,) if mirrored.note else ())

"""`kpi init`: the two files that a person fills in, derived from what the sources say they need."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ingestion.spec import SourceSpec


@click.command(name="init")
def command() -> None:
    """Write config/local.toml (settings) and .dlt/secrets.toml (secrets, for your eyes only) to fill in.

    A file that is there already stays as it is.

    \b
    Example:
      kpi init
    """
    from ingestion.catalog import discover
    from warehouse.layout import PROJECT_ROOT

    specs = [source.spec for source in discover().values()]
    config = Path(os.environ.get("KPI_CONFIG") or PROJECT_ROOT / "config") / "local.toml"
    vault = Path(os.environ.get("DLT_PROJECT_DIR") or PROJECT_ROOT) / ".dlt" / "secrets.toml"
    write_new(config, local_toml(specs), mode=0o644)
    write_new(vault, secrets_toml(specs), mode=0o600)
    click.echo("Next: fill in both files, then `kpi doctor`, then `kpi refresh`.")


def write_new(path: Path, text: str, *, mode: int) -> None:
    """Write `text` to a file that does not exist yet, readable as `mode` says from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        click.echo(f"kept     {path} (was there already)")
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"written  {path}")


def local_toml(specs: Iterable[SourceSpec]) -> str:
    """Settings of a business, each source commented out until it is wanted."""
    lines = [
        "# Settings of this business: what stands here wins over config/kpi.toml. Secrets go to .dlt/secrets.toml.",
        "",
        "[business]",
        '# name = "Larkspur Office"',
        '# time_zone = "Europe/Berlin"      # a business day starts and ends here',
        '# reporting_currency = "EUR"       # ISO 4217',
        '# attribution_model = "linear"     # who gets the credit: see docs/attribution.md',
    ]
    for spec in specs:
        lines += ["", f"# {spec.title}", f"[sources.{spec.name}]", "# enabled = true"]
        lines += [f'# {name} = ""' for name in spec.required_settings]
        lines += [f"# If need be: {', '.join(spec.optional_settings)}"] if spec.optional_settings else []
    lines += ["", "# Who is told what goes wrong (docs/alerts.md)", "# [[alerts.services]]", '# name = "operators"']
    return "\n".join(lines) + "\n"


def secrets_toml(specs: Iterable[SourceSpec]) -> str:
    """Secrets by dlt's convention, with a fresh key for the hashes of e-mail addresses."""
    lines = [
        "# Secrets. Never commit, mail or paste this file. Each may come from the environment instead,",
        "# for example SOURCES__HUBSPOT__ACCESS_TOKEN.",
        "",
        "[privacy]",
        "# Keep this key: addresses are stored as hashes made with it, and with another key nothing matches any more.",
        f'hash_key = "{secrets.token_hex(32)}"',
    ]
    for spec in specs:
        if spec.required_secrets:
            lines += ["", f"# {spec.title}", f"[sources.{spec.name}]"]
            lines += [
                f"# {name} = '''<the JSON key file of the service account>'''"
                if name == "credentials"
                else f'# {name} = ""'
                for name in spec.required_secrets
            ]
    lines += ["", "# Where messages go: the address of each service of [alerts] (docs/alerts.md)", "[alerts]"]
    lines += ['# operators = "mailtos://user:password@mail.example.com?to=operator@example.com"']
    lines += ["", "# A database that gets a copy of each publication (docs/postgres.md)", "[mirror]"]
    lines += ['# postgres = "postgresql://kpi:password@db.example.com:5432/bi"']
    return "\n".join(lines) + "\n"

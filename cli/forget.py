"""`kpi forget`: remove a person from everything that is kept, and prove it."""

from __future__ import annotations

import time

import click


@click.command(name="forget")
@click.argument("email")
def command(email: str) -> None:
    """Remove a person from the warehouse, from every kept publication and file, and prove it by a search of all bytes.

    Whom the CRM holds as one person is one: the other addresses of a contact, and contacts merged into it, go too, and
    so do the browsers, clicks and numbers that the models joined to them.

    Numbers of the past stay as they are: whatever named the person gets a random name, the same everywhere, so that
    visits, leads, customers and revenue count as before and are nobody's. Fields that no number needs are emptied, and
    rows in quarantine that name the person go.

    The address is kept nowhere. A list of digests lets a later load remove the person again.

    Limits: the vendors, your backups and the files in your inbox still hold the person; remove them there too, best
    before. docs/erasure.md tells how.

    \b
    Example:
      kpi forget someone@example.com
    """
    from refresh.forget import forget
    from refresh.lock import exclusive
    from warehouse.errors import CheckFailed
    from warehouse.settings import load_settings

    settings = load_settings()
    began, told = time.monotonic(), [""]

    def tell(stage: str, subject: str) -> None:
        # one line a stage, and for what takes long one every two seconds
        now = time.monotonic()
        if stage != told[0] or now - shown[0] > 2:
            click.echo(f"  {stage}: {subject} ({now - began:.0f} s)", err=True)
            told[0], shown[0] = stage, now

    shown = [began]
    with exclusive(settings):
        done = forget(settings, email, tell)
    if not done.rows:
        click.echo("Nothing is held under that address; it is on the list, so a later load will not bring it in.")
    for table, rows in done.rows.items():
        click.echo(f"  {table}: {rows} rows")
    proof = done.proof
    click.echo(f"{done.publications} publications were written anew; what they count is as it was.")
    click.echo(
        f"Searched {proof.bytes / 1e6:,.0f} MB in {proof.files} files and the texts of {proof.tables} tables: "
        f"{len(proof.found)} places hold the person."
    )
    if proof.found:
        places = "; ".join(f"{found.path}: {found.place}" for found in proof.found[:5])
        raise CheckFailed(f"{places}; take the person out there, then run `kpi forget` again")
    click.echo("What to do at the vendors, in backups and in the inbox: docs/erasure.md")

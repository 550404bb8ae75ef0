"""`kpi forget`: remove a person's rows from everything that was received."""

from __future__ import annotations

import click


@click.command(name="forget")
@click.argument("email")
def command(email: str) -> None:
    """Delete the contact rows of a person and every hash of the e-mail address from the raw tables.

    Whom the CRM holds as one person is one: the other addresses of a contact, and contacts merged into it, go too.

    The address is kept nowhere; its keyed hash is kept in ops.forgotten, so that a later load removes the person again.

    Deals stay, because they are revenue. A random id takes the place of the contact, one a person, so that customers,
    repeat purchases and revenue count as before. What the visits of the person told goes with the contact: there is one
    lead less, and the person's purchases are credited to no channel.

    Limits: the vendor and the files in your inbox still hold the person, so remove them there too. Analytics events
    stay: they carry no address, and nothing links them to the person any more. Publications that were made before hold
    the person's number, not the address, and go away as newer ones take their place.

    \b
    Example:
      kpi forget someone@example.com
    """
    from refresh.forget import forget
    from refresh.run import exclusive
    from warehouse.settings import load_settings

    settings = load_settings()
    with exclusive(settings):
        removed = forget(settings, email)
    if not removed:
        click.echo("Nothing is held under that address; it is on the list, so a later load will not bring it in.")
    for table, rows in removed.items():
        click.echo(f"  {table}: {rows} rows")
    click.echo("The next `kpi refresh` publishes without this person. Limits: `kpi forget --help`.")

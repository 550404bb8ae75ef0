"""`kpi alerts`: who is to be told what, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.console import console
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from alerts.message import Told


@click.group(name="alerts", invoke_without_command=True)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--as-of", "as_of", help="Take this date or time (UTC) for now.")
@click.pass_context
def command(context: click.Context, *, dry_run: bool, as_of: str | None) -> int | None:
    """Tell the services of [alerts] what is newly wrong, what is mended, and the digests that are due.

    A refresh does this at its end. From cron, it also tells when no refresh runs any more.

    \b
    Examples:
      kpi alerts --dry-run
      kpi alerts
      kpi alerts test --service operators
    """
    if context.invoked_subcommand:
        return None
    from alerts import tell
    from warehouse.settings import as_of_now, load_settings

    settings = load_settings()
    if not settings.alerts.services:
        raise ConfigurationError(
            "config/local.toml: alerts.services is empty, so nobody is told anything; add a service (docs/alerts.md)"
        )
    now = as_of_now(as_of)
    if not dry_run:
        tell.require(settings)
    told = tell.by_hand(settings, now, dry_run=dry_run)
    screen = console()
    for each in told:
        _show(screen, each, dry_run=dry_run)
    if not told:
        screen.print("Nothing new to tell.")
    if dry_run:
        for alert, reason in tell.held_back(settings, now):
            screen.print(f"held back ({reason}): {alert.title}: {alert.detail}", markup=False)
    return _complain(told)


@command.command(short_help="Send a test message.")
@click.option("--service", "names", multiple=True, help="Only this service; may be given more than once.")
def test(names: tuple[str, ...]) -> int:
    """Send a test message to each service, and say whether it took it.

    \b
    Example:
      kpi alerts test --service operators
    """
    from alerts.services import send_test
    from refresh.names import near
    from warehouse.settings import load_settings

    settings = load_settings()
    known = [service.name for service in settings.alerts.services]
    for name in names:
        if name not in known:
            raise ConfigurationError(f"--service {name!r}: no such service in [alerts]; {near(name, known)}")
    told = [send_test(settings, name) for name in names or known]
    screen = console()
    for each in told:
        if each.problem is None:
            screen.print(f"{each.service}: took the test message")
    if not told:
        screen.print("There is no service in [alerts] yet (docs/alerts.md).")
    return _complain(told)


def _show(screen: Console, told: Told, *, dry_run: bool) -> None:
    verb = "would be told" if dry_run else "was told" if told.problem is None else "was NOT told"
    screen.print(f"{told.service} {verb}: {told.message.title}", style="bold", markup=False, soft_wrap=True)
    if dry_run:
        screen.print(told.message.body + "\n", markup=False, soft_wrap=True)


def _complain(told: list[Told]) -> int:
    problems = [each.problem for each in told if each.problem]
    if problems:
        raise ConfigurationError("; ".join(problems))
    return 0

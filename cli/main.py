"""The `kpi` command: finds a subcommand's module when it is called, and turns every failure into one line."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import click

from warehouse.errors import KpiError

# command -> module of this package, and its line in the overview; a module is imported for its own command only.
COMMANDS = {
    "init": ("init", "Write config/local.toml and .dlt/secrets.toml to fill in."),
    "doctor": ("doctor", "Test each credential and account, and say how to mend it."),
    "refresh": ("refresh", "Load, transform, compute, check and publish."),
    "scorecard": ("scorecard", "Show the KPIs of the publication."),
    "explain": ("explain", "Show everything behind one value: formula, rows, sources, checks, SQL."),
    "new": ("new", "Define a KPI from a few answers, as a block in its fact's file."),
    "docs": ("docs", "Write the KPI pages of docs/metrics from the registry, or check them."),
    "why-moved": ("why_moved", "Show what moved a value since it was first reported, by source and account."),
    "app": ("app", "Serve the pages as an app on this machine."),
    "bi": ("bi", "Write what BI tools import, made from the KPI registry."),
    "sql": ("query", "Query the publication, read-only."),
    "status": ("status", "Show the publication, the sources' freshness and the last run."),
    "alerts": ("alerts", "Tell the services of [alerts] what is wrong, or what would be told."),
    "restatements": ("restatements", "Show what vendors changed of a month, or the month as it was reported."),
    "quarantine": ("quarantine", "Show the rows that do not parse and were set aside."),
    "pages": ("pages", "Write the pages of the publication anew, or print them as PDF."),
    "publish": ("publish", "Check the warehouse as it is, and publish it."),
    "sandbox": ("sandbox", "A simulated business behind the vendors' own protocols."),
    "ui": ("ui", "Open the Dagster UI on this machine."),
    "forget": ("forget", "Remove a person by e-mail address."),
}


class _Lazy(click.Group):
    """Lists commands without importing them, and offers near names for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            from refresh.names import near

            raise click.UsageError(f"no command {args[0]!r}; {near(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="marketing-kpi-pipeline", prog_name="kpi")
def kpi() -> None:
    """From ad platforms, analytics and CRM to marketing KPIs that survive an argument.

    Exit codes: 0 all well, 1 a check failed or KPIs are held, 2 usage or configuration.

    \b
    Example:
      kpi sandbox run -- kpi refresh
      kpi scorecard
    """


def main() -> None:
    """Run the command line and exit with its code; never shows a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command with `arguments`; its exit code."""
    try:
        code = kpi.main(arguments, prog_name="kpi", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        return _complain(_usage_line(error), 2)
    except KpiError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("stopped", 130)
    except BrokenPipeError:
        # The reader of our output went away (`kpi sql ... | head`): nothing is wrong, and nothing can be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _complain_of(error)
    return code if isinstance(code, int) else 0


def _complain_of(error: Exception) -> int:
    """A file or the disk in one line; anything else, which nobody foresaw, by its name and where its details are."""
    from warehouse.disk import told

    if isinstance(error, OSError) and error.filename is not None:
        return _complain(
            f"{error.filename}: {(error.strerror or 'cannot be used').lower()}; "
            "check the path (KPI_HOME), the right to write there and the free space",
            2,
        )
    if of_the_disk := told(_home(), error):
        return _complain(str(of_the_disk), of_the_disk.exit_code)
    return _unforeseen(error)


def _complain(line: str, code: int) -> int:
    click.echo(f"kpi: {' '.join(line.split())}", err=True)
    return code


def _unforeseen(error: Exception) -> int:
    return _complain(f"unforeseen {type(error).__name__}; the details are in {_keep_traceback(error)}", 2)


def _usage_line(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    if context is None:
        return message
    return f"{message}{'' if message.endswith('?') else ';'} see `{context.command_path} --help`"


def _keep_traceback(error: Exception) -> Path:
    name = f"error-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    path, text = _home() / "logs" / name, "".join(traceback.format_exception(error))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError:  # a home that cannot be written; the new file is private as well
        path = Path(tempfile.mkstemp(prefix="kpi-", suffix=f"-{name}")[1])
        path.write_text(text, encoding="utf-8")
    return path


def _home() -> Path:
    from warehouse.layout import PROJECT_ROOT

    return Path(os.environ.get("KPI_HOME") or PROJECT_ROOT / "var").expanduser().absolute()

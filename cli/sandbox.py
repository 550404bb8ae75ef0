"""`kpi sandbox`: the vendors' protocols over a simulated business whose truth is known."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from cli.process import run_child


@click.group(name="sandbox")
def command() -> None:
    """A simulated business behind the vendors' own protocols, on this machine only.

    \b
    Examples:
      kpi sandbox demo
      kpi sandbox run -- kpi refresh
      kpi sandbox serve --port 8765
    """


@command.command(short_help="Serve the vendors' protocols until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
def serve(port: int) -> None:
    """Serve the sandbox until Ctrl-C, and print the environment that points every source to it.

    \b
    Example:
      kpi sandbox serve --port 8765
    """
    with sandboxed(port) as environment:
        click.echo("# Every source reads the sandbox in a shell that has these (they are no real secrets):")
        for name, value in sorted(environment.items()):
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo("# Serving; Ctrl-C stops it.", err=True)
        sys.stdout.flush()
        try:
            import threading

            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


@command.command(short_help="Run a command on the sandbox.", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> int:
    """Run a command with every source pointed to the sandbox; its exit code is passed on.

    \b
    Example:
      kpi sandbox run -- kpi refresh --source meta_ads
    """
    with sandboxed(0) as environment:
        # `kpi` means this very installation, also where its folder is not on the PATH.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return run_child(arguments, {**os.environ, **environment, "PATH": path})


@command.command(short_help="What `make demo` runs: a refresh and its scorecard.")
def demo() -> int:
    """From the vendors' protocols to a published scorecard and a page: what `make demo` runs.

    \b
    Example:
      kpi sandbox demo
    """
    from cli.main import run as run_command
    from warehouse.settings import load_settings

    with sandboxed(0) as environment:
        os.environ.update(environment)
        code = run_command(["refresh"]) or run_command(["scorecard"])
    if code == 0:
        settings = load_settings()
        click.echo(f"\nPage:        {settings.dashboards / 'index.html'}")
        click.echo(f"Publication: {settings.publication}")
    return code


@contextmanager
def sandboxed(port: int = 0) -> Iterator[Mapping[str, str]]:
    """Serve the sandbox and give the variables that point a refresh to it."""
    from rich.console import Console

    from ingestion.sandbox.profile import sandbox_environment, write_inbox
    from ingestion.sandbox.running import running_sandbox
    from ingestion.sandbox.world import build_world
    from refresh.home import SANDBOX_VARIABLE, claim_for_sandbox
    from warehouse.settings import load_settings

    home = load_settings().home
    claim_for_sandbox(home)
    with ExitStack() as stack:
        # On the error output: what is printed here may be taken over by a shell.
        with Console(stderr=True).status("the sandbox starts"):
            sandbox = stack.enter_context(running_sandbox(port=port))
            environment = sandbox_environment(sandbox.url, home)
            write_inbox(build_world(), Path(environment["SOURCES__FILE_DROP__FOLDER"]))
        yield {**environment, "KPI_HOME": str(home), SANDBOX_VARIABLE: "1"}

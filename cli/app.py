"""`kpi app`: the pages as an app in the browser."""

from __future__ import annotations

import socket
from importlib.util import find_spec

import click

from warehouse.errors import ConfigurationError


@click.command(name="app")
@click.option("--port", type=click.IntRange(1, 65535), default=8600, show_default=True, help="Of http://127.0.0.1.")
@click.option("--language", type=click.Choice(("en", "fr", "it")), help="[default: dashboard.language]")
def command(port: int, language: str | None) -> None:
    """Serve the pages as an app on this machine, until Ctrl-C. A new publication is shown without a restart.

    It listens on loopback alone and knows no users: put a proxy with sign-on before it for others (docs/app.md).

    \b
    Examples:
      kpi app
      kpi app --port 8601 --language fr
    """
    if find_spec("vizro") is None:
        raise ConfigurationError("kpi app: Vizro is not installed; run `make setup`, or pip install '.[app]'")
    from warehouse.settings import load_settings

    settings = load_settings()
    chosen = language or settings.dashboard.language
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ConfigurationError(f"--port {port}: another program answers there already; name a free port")
    from app.current import Current
    from app.serving import serve

    serve(Current(settings, chosen), port, lambda: click.echo(f"The app on http://127.0.0.1:{port}; Ctrl-C stops it."))

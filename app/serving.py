"""The app behind a web server on loopback."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn
from a2wsgi import WSGIMiddleware

from app.current import Current
from app.pages import make


def serve(current: Current, port: int, ready: Callable[[], None]) -> None:
    """Serve the app on http://127.0.0.1:`port` until Ctrl-C; `ready` is called before the first request.

    Raises ConfigurationError where nothing is published.
    """
    application = WSGIMiddleware(make(current).dash.server)
    ready()
    # Behind a proxy: its word on scheme and host counts, from this machine alone.
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", forwarded_allow_ips="127.0.0.1")

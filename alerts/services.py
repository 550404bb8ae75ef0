"""The services that messages go to, through Apprise. Their addresses are secrets, and no line of ours holds one."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alerts.message import Message, Told, links
from ingestion.credentials import read
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from apprise import Apprise

_STATUS = re.compile(r"error=(\d{3})\b")


def require(settings: Settings) -> None:
    """Raise ConfigurationError for a service without an address, or with one that Apprise cannot use."""
    with _unlogged():
        for service in settings.alerts.services:
            _opened(service.name)


def unusable(settings: Settings) -> dict[str, str | None]:
    """Each service, and why its address cannot be used; None where it can. Nothing is sent."""
    found: dict[str, str | None] = {}
    for service in settings.alerts.services:
        with _unlogged():
            try:
                _opened(service.name)
                found[service.name] = None
            except ConfigurationError as error:
                found[service.name] = str(error)
    return found


def send(name: str, message: Message) -> str | None:
    """Send `message` to the service `name`; None when it took it, else a line that says why not.

    Raises ConfigurationError for a missing or unusable address.
    """
    from apprise import NotifyFormat, NotifyType

    heard: list[str] = []
    with _unlogged():
        took = _opened(name).notify(
            title=message.title,
            body=message.body,
            notify_type=NotifyType(message.tone),
            body_format=NotifyFormat.TEXT,
            log_callback=lambda entry, _: heard.append(str(entry.message)),
            log_level=logging.WARNING,
        )
    if took:
        return None
    # The library's own words may hold the address; of them only the reply's number is passed on.
    status = next((found[1] for text in heard if (found := _STATUS.search(text))), None)
    reason = f"it answered {status}" if status else "it cannot be reached, or it refused the login"
    return f"alerts.{name}: the message was not taken: {reason}; mend it, then `kpi alerts test --service {name}`"


def send_test(settings: Settings, name: str) -> Told:
    """Send a message that only says where messages will come from."""
    message = Message(
        f"{settings.business.name}: test",
        "\n".join(["This is a test: messages of `kpi alerts` reach you here.", *links(settings)]),
        "info",
    )
    return Told(name, message, send(name, message))


def _opened(name: str) -> Apprise:
    from apprise import Apprise, AppriseAsset

    address = read(f"alerts.{name}")
    if address is None:
        raise ConfigurationError(
            f".dlt/secrets.toml: alerts.{name} is missing; set the address of the service there, "
            f"or ALERTS__{name.upper()} in the environment (docs/alerts.md has one for each kind)"
        )
    opened = Apprise(asset=AppriseAsset(app_id="Marketing KPIs", app_desc="Marketing KPIs", app_url=""))
    if not isinstance(address, str) or not opened.add(address):
        raise ConfigurationError(
            f".dlt/secrets.toml: alerts.{name}: is no address of a service; "
            "write one such as mailtos://user:password@mail.example.com?to=kpi@example.com (docs/alerts.md)"
        )
    return opened


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what the libraries log from every log and the terminal: it may hold addresses."""
    apprise, connections = logging.getLogger("apprise"), logging.getLogger("urllib3.connectionpool")
    silent = logging.NullHandler()  # without any handler, Python would print warnings
    before = apprise.propagate, connections.disabled
    apprise.addHandler(silent)
    apprise.propagate, connections.disabled = False, True
    try:
        yield
    finally:
        apprise.propagate, connections.disabled = before
        apprise.removeHandler(silent)

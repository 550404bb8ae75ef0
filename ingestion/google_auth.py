"""Access tokens of a Google service account, for every Google source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import google.auth.exceptions
import requests
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from ingestion.context import LoadContext
from warehouse.errors import ConfigurationError

_FIELDS = ("client_email", "private_key", "token_uri")


class ServiceAccountAuth:
    """Bearer tokens for one scope, fetched from the key's own `token_uri` and kept until they are refused.

    The key is the source's secret `credentials`. Raises ConfigurationError for a key that is no service-account key,
    that Google refuses, or whose token endpoint cannot be reached; the message holds no part of the key.
    """

    def __init__(self, context: LoadContext, scope: str) -> None:
        self._source = context.spec.name
        self._where = f".dlt/secrets.toml: sources.{self._source}.credentials"
        self._sleep: Callable[[float], None] = context.sleep
        key = context.secret("credentials")
        missing = [name for name in _FIELDS if not isinstance(key, dict) or not key.get(name)]
        if missing:
            raise ConfigurationError(
                f"{self._where}: {missing[0]} is missing; paste the whole JSON key of a service account"
            )
        self._host = urlsplit(str(key["token_uri"])).netloc  # type: ignore[index]
        try:
            self._credentials: Any = service_account.Credentials.from_service_account_info(key, scopes=[scope])
        except ValueError:
            raise ConfigurationError(
                f"{self._where}: private_key is no valid PEM key; paste the JSON key as it was downloaded"
            ) from None

    def token(self) -> str:
        """A token that is valid for some time yet."""
        if not self._credentials.valid:
            self._fetch()
        return str(self._credentials.token)

    def refresh(self) -> bool:
        """Forget the token: the vendor has said that it expired."""
        self._credentials.token = None
        return True

    def _fetch(self) -> None:
        unreachable = f"{self._source}: {self._host} cannot be reached; check the network and token_uri in the key"
        for pause in (1.0, 2.0, None):
            try:
                with requests.Session() as session:
                    self._credentials.refresh(Request(session=session))
                return
            except google.auth.exceptions.TransportError:
                if pause is None:
                    raise ConfigurationError(unreachable) from None
                self._sleep(pause)
            except google.auth.exceptions.RefreshError as error:
                if error.retryable:
                    # The library has tried it several times already.
                    raise ConfigurationError(
                        f"{self._source}: {self._host} gives no token just now; try again later"
                    ) from None
                raise ConfigurationError(f"{self._where}: {_refusal(error)}") from None


def _refusal(error: google.auth.exceptions.RefreshError) -> str:
    """What the token endpoint has against the key, without the text that may quote the account."""
    for part in error.args:
        code = part.get("error") if isinstance(part, dict) else None
        if isinstance(code, str):
            return (
                f"the key was refused ({code}); check that it has not been deleted or disabled in the Google Cloud "
                "console and that this machine's clock is right, or make a new key"
            )
    return "the key was refused; make a new key in the Google Cloud console"

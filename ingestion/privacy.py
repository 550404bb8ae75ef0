"""Personal data is keyed and hashed before it is written anywhere."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import unquote

from ingestion import credentials
from warehouse.errors import ConfigurationError


def keyed_hash(value: str | None) -> str | None:
    """HMAC-SHA256 (hex) of an e-mail address in lower case without blanks around it; None for None or blank.

    The key is the secret `privacy.hash_key` (PRIVACY__HASH_KEY): without it nobody can test addresses against the
    hashes, and with another key two loads do not match. Raises ConfigurationError where it is missing.
    """
    if value is None or not value.strip():
        return None
    key = credentials.read("privacy.hash_key")
    if not isinstance(key, str):
        raise ConfigurationError(
            ".dlt/secrets.toml: privacy.hash_key is missing; set a long random text there, "
            "or PRIVACY__HASH_KEY in the environment, and keep it: hashes of another key do not match"
        )
    return hmac.new(key.encode(), value.strip().lower().encode(), hashlib.sha256).hexdigest()


# Also as it stands in a URL's query, where @ is %40, or %2540 in an address within an address.
_AT = "(?:@|%(?:25)*40)"
# A local part has at most 64 characters, three times as many when each is escaped; without an end to it, the search
# costs the square of a long text without blanks.
_EMAIL = re.compile(rf"[\w.%+'-]{{1,192}}{_AT}[\w-]+(?:\.[\w-]+)+")

MAY_HOLD_EMAIL = _AT
"""A text that does not match this regular expression (of any engine) holds no e-mail address."""


def hide_emails(text: str) -> str:
    """`text` with the keyed hash in place of every e-mail address in it."""
    if "@" not in text and "40" not in text:
        return text
    return _EMAIL.sub(lambda found: keyed_hash(_plain(found[0])) or "", text)


def strike_emails(text: str) -> str:
    """`text` with "(address)" in place of every e-mail address in it: for what no load replaces."""
    return _EMAIL.sub("(address)", text)


def _plain(address: str) -> str:
    while "%25" in address:
        address = unquote(address)
    return unquote(address)

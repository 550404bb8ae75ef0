"""Google's token endpoint: the JWT grant of a service account, with its signature really verified."""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import parse_qs

import orjson
from google.auth import crypt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ingestion.sandbox.control import TOKEN_SECONDS, Control
from ingestion.sandbox.google_errors import json_response
from ingestion.sandbox.model import World

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = {
    "https://www.googleapis.com/auth/analytics.readonly",
    "https://www.googleapis.com/auth/analytics",
    "https://www.googleapis.com/auth/bigquery.readonly",
    "https://www.googleapis.com/auth/bigquery",
    "https://www.googleapis.com/auth/adwords",
    "https://www.googleapis.com/auth/webmasters.readonly",
}
_LONGEST_SECONDS = 3600
_SKEW_SECONDS = 300


class Refused(Exception):
    """The grant is refused: `error` and `error_description` of the reply."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def read_assertion(assertion: str, accounts: dict[str, list[str]], now: float) -> dict[str, Any]:
    """The claims of a signed assertion by one of `accounts` (e-mail -> public keys). Raises Refused."""
    try:
        header, claims, signed, signature = _taken_apart(assertion)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("invalid_request", "Bad Request") from None
    issuer = claims.get("iss")
    if issuer not in accounts:
        raise Refused("invalid_grant", "Invalid grant: account not found")
    if header.get("alg") != "RS256" or not crypt.verify_signature(signed, signature, accounts[issuer]):
        raise Refused("invalid_grant", "Invalid JWT Signature.")
    for name, meaning in (("iat", "issued at"), ("exp", "expiration time")):
        if not str(claims.get(name, "")).isdigit():
            raise Refused("invalid_grant", f"Invalid JWT: {name} ({meaning}) is not set.")
    issued, expires = int(claims["iat"]), int(claims["exp"])
    if issued > now + _SKEW_SECONDS or expires < now - _SKEW_SECONDS or expires - issued > _LONGEST_SECONDS:
        raise Refused(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )
    if not str(claims.get("scope", "")).strip():
        raise Refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    # Google's client library names Google's own endpoint here, whatever token_uri the key file holds.
    if not str(claims.get("aud", "")).endswith("/token"):
        raise Refused("invalid_grant", "Invalid JWT: Failed audience check.")
    return claims


def _taken_apart(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, and the signature. Raises ValueError or TypeError for what is no assertion."""
    header, claims, signature = assertion.split(".")
    parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (header, claims, signature)]
    return dict(orjson.loads(parts[0])), dict(orjson.loads(parts[1])), f"{header}.{claims}".encode(), parts[2]


def routes(world: World, control: Control) -> list[BaseRoute]:
    """POST /oauth2/token. Assertions are dated by the real clock, the tokens live by the virtual one."""

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", errors="replace"))
        grant, assertion = (form.get(name, [""])[0] for name in ("grant_type", "assertion"))
        try:
            if grant != JWT_GRANT:
                raise Refused("unsupported_grant_type", f"Invalid grant_type: {grant}")
            claims = read_assertion(assertion, control.service_accounts, time.time())
        except Refused as refused:
            return json_response({"error": refused.error, "error_description": str(refused)}, refused.status)
        scope = str(claims["scope"]).strip()
        if not set(scope.split()) <= SCOPES:
            # What Google does with a scope that it does not know: a reply without any access token.
            return json_response({"id_token": "sandbox.id.token"})
        return json_response(
            {"access_token": control.issue_token(scope), "expires_in": TOKEN_SECONDS - 1, "token_type": "Bearer"}
        )

    return [Route(TOKEN_PATH, token, methods=["POST"])]

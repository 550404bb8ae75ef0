"""Error bodies and the bearer check that Google's JSON APIs share."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ingestion.sandbox.control import Control

_REALM = 'Bearer realm="https://accounts.google.com/"'
_CREDENTIALS_HINT = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`body` as JSON, the way Google's front end labels it."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json; charset=UTF-8")


def google_error(
    code: int, status: str, message: str, details: list[Any] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """The envelope of an error; `details` is left out where there are none."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = details
    return json_response({"error": error}, code, headers)


def refuse_bearer(request: Request, control: Control, scope: str) -> Response | None:
    """The refusal of a request without a valid token for `scope`; None where the door is open."""
    header = request.headers.get("authorization", "")
    if not header:
        missing = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
        }
        text = f"Request is missing required authentication credential. {_CREDENTIALS_HINT}"
        return google_error(401, "UNAUTHENTICATED", text, [missing], {"WWW-Authenticate": _REALM})
    token = header.removeprefix("Bearer ").strip()
    state = control.check_token(token)
    if state != "valid":
        text = f"Request had invalid authentication credentials. {_CREDENTIALS_HINT}"
        headers = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
        return google_error(401, "UNAUTHENTICATED", text, None, headers)
    if control.check_token(token, scope) != "valid":
        reason = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
        }
        return google_error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", [reason])
    return None

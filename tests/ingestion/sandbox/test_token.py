from __future__ import annotations

import base64
import time
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt
from google.auth import jwt as google_jwt

from ingestion.sandbox.running import RunningSandbox

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


def ask(sandbox: RunningSandbox, **form: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/oauth2/token", data=form, timeout=30)


def signed(credentials: dict[str, str], key: str | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": credentials["client_email"],
        "scope": SCOPE,
        "aud": credentials["token_uri"],
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    signer = crypt.RSASigner.from_string(key or credentials["private_key"], "sandbox")
    return google_jwt.encode(signer, {k: v for k, v in claims.items() if v is not None}).decode()


def another_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def test_a_signed_assertion_buys_a_token(sandbox: RunningSandbox, credentials: dict[str, str]) -> None:
    reply = ask(sandbox, grant_type=GRANT, assertion=signed(credentials))
    assert reply.status_code == 200
    token = reply.json()
    assert (token["expires_in"], token["token_type"]) == (3599, "Bearer")
    metadata = requests.get(
        f"{sandbox.url}/v1beta/properties/345678901/metadata",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=30,
    )
    assert metadata.status_code == 200
    export = requests.get(
        f"{sandbox.url}/bigquery/v2/projects/larkspur-analytics/datasets/analytics_345678901/tables",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=30,
    )
    # The token was asked for analytics alone.
    assert export.json()["error"]["message"] == "Request had insufficient authentication scopes."


def test_a_signature_by_another_key_is_refused(sandbox: RunningSandbox, credentials: dict[str, str]) -> None:
    reply = ask(sandbox, grant_type=GRANT, assertion=signed(credentials, another_key()))
    assert reply.status_code == 400
    assert reply.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def test_a_claim_that_was_changed_after_signing_is_refused(
    sandbox: RunningSandbox, credentials: dict[str, str]
) -> None:
    honest, other = signed(credentials).split("."), signed(credentials, scope=f"{SCOPE} x").split(".")
    reply = ask(sandbox, grant_type=GRANT, assertion=".".join([honest[0], other[1], honest[2]]))
    assert reply.json()["error_description"] == "Invalid JWT Signature."


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"iss": "nobody@example.com"}, "Invalid grant: account not found"),
        ({"iat": 1, "exp": 3601}, "Invalid JWT: Token must be a short-lived token (60 minutes)"),
        ({"exp": int(time.time()) + 90_000}, "Invalid JWT: Token must be a short-lived token (60 minutes)"),
        ({"exp": None}, "Invalid JWT: exp (expiration time) is not set."),
        ({"iat": None}, "Invalid JWT: iat (issued at) is not set."),
        ({"aud": "https://example.com/"}, "Invalid JWT: Failed audience check."),
        ({"scope": ""}, "Invalid OAuth scope or ID token audience provided."),
    ],
)
def test_bad_claims_are_refused(
    sandbox: RunningSandbox, credentials: dict[str, str], changes: dict[str, Any], description: str
) -> None:
    reply = ask(sandbox, grant_type=GRANT, assertion=signed(credentials, **changes))
    assert reply.status_code == 400
    assert reply.json()["error_description"].startswith(description)


def test_times_may_be_texts_but_the_algorithm_is_rsa(sandbox: RunningSandbox, credentials: dict[str, str]) -> None:
    now = int(time.time())
    reply = ask(sandbox, grant_type=GRANT, assertion=signed(credentials, iat=str(now), exp=str(now + 3600)))
    assert reply.status_code == 200
    claims = signed(credentials).split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    reply = ask(sandbox, grant_type=GRANT, assertion=f"{header}.{claims}.")
    assert reply.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def test_an_unknown_scope_gets_a_reply_without_a_token(sandbox: RunningSandbox, credentials: dict[str, str]) -> None:
    reply = ask(sandbox, grant_type=GRANT, assertion=signed(credentials, scope="https://example.com/auth/nothing"))
    assert reply.status_code == 200
    assert set(reply.json()) == {"id_token"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": GRANT}, "invalid_request"),
        ({"grant_type": GRANT, "assertion": "not.a.jwt"}, "invalid_request"),
        ({"grant_type": GRANT, "assertion": "nothing"}, "invalid_request"),
    ],
)
def test_bad_forms_are_refused(sandbox: RunningSandbox, form: dict[str, str], error: str) -> None:
    reply = ask(sandbox, **form)
    assert (reply.status_code, reply.json()["error"]) == (400, error)

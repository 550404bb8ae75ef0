from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from ingestion.sandbox.model import World
from ingestion.sandbox.profile import service_account
from ingestion.sandbox.running import RunningSandbox, running_sandbox
from ingestion.sandbox.world import build_world

SHARED = Path(__file__).parents[3].parent / "shared"

Get = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def world() -> World:
    return build_world()


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    """A sandbox at its start: clock, faults, log and tokens as new."""
    running.reset()
    return running


@pytest.fixture(scope="session")
def credentials(running: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return service_account(running.url, tmp_path_factory.mktemp("key") / "service-account.json")


def new_token(credentials: dict[str, str]) -> str:
    """A fresh token for reports, the export and the search console."""
    from google.auth.transport.requests import Request
    from google.oauth2.service_account import Credentials

    names = ("analytics.readonly", "bigquery.readonly", "webmasters.readonly")
    scopes = [f"https://www.googleapis.com/auth/{name}" for name in names]
    signer = Credentials.from_service_account_info(credentials, scopes=scopes)
    signer.refresh(Request())
    return str(signer.token)


@pytest.fixture
def google(sandbox: RunningSandbox, credentials: dict[str, str]) -> requests.Session:
    """A session that carries a fresh token of Google's."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {new_token(credentials)}"
    return session


@pytest.fixture(scope="session")
def discovery() -> Callable[[str, str, Any], None]:
    """validate(file, schema, instance): against Google's own description of the reply."""

    def validate(file: str, schema: str, instance: Any) -> None:
        path = SHARED / "fixtures" / file
        if not path.exists():
            pytest.skip(f"{path} is not beside this clone: the vendor's description is not part of the project")
        schemas = json.loads(path.read_text(encoding="utf-8"))["schemas"]
        defs = {name: _as_json_schema(one) for name, one in schemas.items()}
        Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": defs}).validate(instance)

    return validate


def _as_json_schema(node: Any) -> Any:
    """Discovery's dialect as JSON Schema; an object may hold nothing that is not described."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": f"#/$defs/{node['$ref']}"}
    kept: dict[str, Any] = {}
    if node.get("type") not in (None, "any"):
        kept["type"] = node["type"]
    if isinstance(node.get("enum"), list):
        kept["enum"] = node["enum"]
    if "items" in node:
        kept["items"] = _as_json_schema(node["items"])
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {name: _as_json_schema(one) for name, one in node["properties"].items()}
        kept["additionalProperties"] = False
    elif isinstance(node.get("additionalProperties"), dict):
        kept["additionalProperties"] = _as_json_schema(node["additionalProperties"])
    return kept

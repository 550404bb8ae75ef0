"""The examples of deploy/ run commands that exist, and agree with one another."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from ruamel.yaml import YAML

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"


def _commands() -> dict[str, list[str]]:
    """The words of each unit's ExecStart."""
    found = {}
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found[unit.stem.removeprefix("kpi-")] = shlex.split(line)
    return found


def test_every_unit_starts_a_program_of_the_environment() -> None:
    for name, (program, *_) in _commands().items():
        assert program.startswith("/srv/kpi/.venv/bin/"), name
        assert (Path(sys.executable).parent / Path(program).name).exists(), name


def test_the_containers_run_what_the_units_run() -> None:
    services = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    units = _commands()
    for name, service in services.items():
        words = " ".join(service["command"].replace('"', "").replace("0.0.0.0", "127.0.0.1").split())
        assert words.endswith(" ".join([Path(units[name][0]).name, *units[name][1:]])), name


def test_webserver_and_daemon_look_for_the_code_where_it_is_served() -> None:
    (place,) = YAML(typ="safe").load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    code = _commands()["code"]
    assert code[code.index("--port") + 1] == str(place["grpc_server"]["port"])
    assert code[code.index("--host") + 1] == place["grpc_server"]["host"]
    module = code[code.index("--module-name") + 1]
    assert (DEPLOY.parent / Path(*module.split("."))).with_suffix(".py").exists()


def test_the_proxy_leads_to_the_app_and_to_the_sign_on() -> None:
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    app = _commands()["app"]
    sign_on = re.search(
        r'http_address = "([^"]+)"', (DEPLOY / "proxy" / "oauth2-proxy.cfg").read_text(encoding="utf-8")
    )
    assert sign_on
    places = {f"127.0.0.1:{app[app.index('--port') + 1]}", sign_on[1]}
    assert set(re.findall(r"proxy_pass http://([\d.:]+);", nginx)) == places
    assert "auth_request /oauth2/auth;" in nginx

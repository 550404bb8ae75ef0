"""`kpi init`: what it writes can be read back, and is nobody else's to read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cli.main import run


def test_both_files_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    local, vault = tmp_path / "config" / "local.toml", tmp_path / ".dlt" / "secrets.toml"
    assert run(["init"]) == 0
    assert vault.stat().st_mode & 0o777 == 0o600
    key = tomllib.loads(vault.read_text(encoding="utf-8"))["privacy"]["hash_key"]
    assert len(key) == 64
    assert not tomllib.loads(vault.read_text(encoding="utf-8"))["mirror"]  # nothing is copied until a person decides
    sources = tomllib.loads(local.read_text(encoding="utf-8"))["sources"]
    assert {"google_ads", "meta_ads", "file_drop"} <= sources.keys()
    assert not any(sources.values())  # everything is commented out until a person decides

    local.write_text("mine", encoding="utf-8")
    assert run(["init"]) == 0
    assert local.read_text(encoding="utf-8") == "mine"
    assert tomllib.loads(vault.read_text(encoding="utf-8"))["privacy"]["hash_key"] == key


def test_the_settings_that_a_source_requires_are_there_to_fill_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    run(["init"])
    text = (tmp_path / "config" / "local.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines() if "=" in line or line.startswith("[")]
    filled = tomllib.loads("\n".join(lines))["sources"]
    assert filled["google_ads"] == {"enabled": True, "login_customer_id": ""}

"""`kpi alerts`, and what a refresh tells of itself, against a webhook on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import run
from tests.alerts.conftest import Receiver, World, receiver, small_publication, world

__all__ = ["receiver", "small_publication", "world"]  # fixtures of the alerts' own tests

AS_OF = "2026-11-23T08:00"


@pytest.fixture
def configured(world: World, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A home with one service, whose address is in the environment."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "local.toml").write_text('[[alerts.services]]\nname = "team"\n', encoding="utf-8")
    monkeypatch.setenv("KPI_HOME", str(world.settings.home))
    monkeypatch.setenv("KPI_CONFIG", str(config))
    monkeypatch.setenv("ALERTS__TEAM", f"json://127.0.0.1:{receiver.port}/")
    return receiver


def test_a_dry_run_shows_what_is_then_sent_once(configured: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "--dry-run", "--as-of", AS_OF]) == 0
    shown = capsys.readouterr().out
    assert "team would be told: My business: targets off track" in shown
    assert "- Click-through rate: 1.5 %, the target is 2.0 %" in shown
    assert configured.posted == []
    assert run(["alerts", "--as-of", AS_OF]) == 0
    assert run(["alerts", "--as-of", AS_OF]) == 0
    ((_, posted),) = configured.posted
    assert posted["message"] in shown
    assert capsys.readouterr().out.endswith("Nothing new to tell.\n")


def test_a_test_message_says_whether_it_was_taken(configured: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "test"]) == 0
    assert capsys.readouterr().out == "team: took the test message\n"
    configured.status = 500
    assert run(["alerts", "test", "--service", "team"]) == 2
    assert capsys.readouterr().err == (
        "kpi: alerts.team: the message was not taken: it answered 500; mend it, then `kpi alerts test --service team`\n"
    )


def test_an_unknown_service_and_none_at_all_are_one_line(
    configured: Receiver, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["alerts", "test", "--service", "tema"]) == 2
    assert capsys.readouterr().err == "kpi: --service 'tema': no such service in [alerts]; did you mean team?\n"
    (tmp_path / "config" / "local.toml").write_text("", encoding="utf-8")
    assert run(["alerts"]) == 2
    assert "alerts.services is empty" in capsys.readouterr().err


def test_a_refresh_that_fails_tells_so_with_its_line(configured: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refresh", "--as-of", AS_OF]) == 2  # no source is enabled
    line = capsys.readouterr().err.removeprefix("kpi: ").strip()
    ((_, posted),) = configured.posted
    assert (posted["title"], posted["type"]) == ("My business: nothing new was published", "failure")
    assert line in posted["message"]


def test_a_wrong_question_at_the_terminal_tells_nobody(configured: Receiver) -> None:
    assert run(["refresh", "--source", "gogle_ads", "--as-of", AS_OF]) == 2
    assert configured.posted == []


def test_a_service_that_is_down_does_not_hide_the_failure(
    configured: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    configured.status = 503
    assert run(["refresh", "--as-of", AS_OF]) == 2
    told = capsys.readouterr()
    assert "warning: alerts.team: the message was not taken: it answered 503" in " ".join(told.out.split())
    assert "no source is enabled" in told.err


def test_a_service_without_an_address_is_found_before_the_refresh(
    configured: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALERTS__TEAM")
    assert run(["refresh", "--as-of", AS_OF]) == 2
    assert ".dlt/secrets.toml: alerts.team is missing" in capsys.readouterr().err

"""What an operator asks afterwards: how loads ended, what was set aside, and why a month moved."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from ingestion import catalog
from ingestion.http import LoadStopped
from tests.ingestion.fake_source import FakeVendor
from warehouse.errors import ConfigurationError
from warehouse.layout import WAREHOUSE_FILE

FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)
MORNING = datetime(2026, 1, 4, 8, tzinfo=UTC)


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeVendor:
    """A vendor that was read on three mornings: spend of the 1st was 10.00, 12.00 and 11.50."""
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")
    vendor = FakeVendor(accounts=("a",), as_of=MORNING)
    monkeypatch.setattr(catalog, "discover", lambda: {"fake": vendor.source()})
    for spend in ("10.00", "12.00", "11.50"):
        vendor.spend = {("a", FIRST): spend, ("a", SECOND): "5.00"}
        vendor.load(tmp_path / "home", FIRST, SECOND)
        vendor.as_of += timedelta(days=1)
    return vendor


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run([*arguments]) == 0
    return capsys.readouterr().out


def _records(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_told(capsys, *arguments, "--format", "json"))
    return found


def test_why_did_the_month_move(vendor: FakeVendor, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ("restatements", "--source", "fake", "--month", "2026-01")
    found = [
        (row["seen_on"], row["measure"], row["days"], row["first_day"], row["change"], row["month_now"])
        for row in _records(capsys, *ask)
    ]
    assert found == [
        ("2026-01-05", "spend", 1, "2026-01-01", 2.0, 16.5),
        ("2026-01-06", "spend", 1, "2026-01-01", -0.5, 16.5),
    ]
    table = _told(capsys, *ask).splitlines()
    assert table[2].split() == ["2026-01-06", "daily", "a", "spend", "1", "2026-01-01", "2026-01-01", "-0.50", "16.50"]
    assert "Nothing of fake 2025-12 has changed" in _told(capsys, *ask[:-1], "2025-12")


@pytest.mark.parametrize(("day", "spend"), [("2026-01-04", 15.0), ("2026-01-05", 17.0), ("2026-01-06", 16.5)])
def test_the_month_as_it_was_reported(
    vendor: FakeVendor, capsys: pytest.CaptureFixture[str], day: str, spend: float
) -> None:
    rows = _records(capsys, "restatements", "--source", "fake", "--month", "2026-01", "--reported-on", day)
    found = {row["measure"]: (row["reported"], row["now"], row["change"]) for row in rows}
    assert found["spend"] == (spend, 16.5, 16.5 - spend)


def test_what_was_not_loaded_then_was_not_reported(vendor: FakeVendor, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ("restatements", "--source", "fake", "--month", "2026-01", "--reported-on", "2026-01-03")
    assert "Nothing of fake 2026-01 was loaded by the end of 2026-01-03." in _told(capsys, *ask)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--source", "fak", "--month", "2026-01"), "source 'fak' is unknown"),
        (("--source", "fake", "--month", "2026-13"), "'2026-13' is no month; write one such as 2026-10"),
        (
            ("--source", "fake", "--month", "2026-01", "--table", "names"),
            "keeps no changes of it; it keeps those of daily",
        ),
    ],
)
def test_a_wrong_question_is_one_line(
    vendor: FakeVendor, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], line: str
) -> None:
    assert run(["restatements", *arguments]) == 2
    assert line in capsys.readouterr().err


def test_the_rows_that_were_set_aside_can_be_looked_at(
    vendor: FakeVendor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _told(capsys, "quarantine") == "No row is set aside.\n"
    assert _told(capsys, "quarantine", "--source", "money") == "No row is set aside.\n"
    vendor.wrong = lambda context: [[{"account_id": "a", "date": "2026-13-40", "spend": str(n)} for n in range(2)] + [
        {"account_id": "a", "date": f"2026-01-{day:02d}"} for day in range(5, 20)
    ]]  # fmt: skip
    vendor.load(tmp_path / "home", FIRST, date(2026, 1, 20))
    rows = _records(capsys, "quarantine", "--source", "fake")
    assert [(row["place"], row["field"], row["reason"]) for row in rows] == [("daily", "date", "is no date")] * 2
    assert json.loads(rows[0]["row"]) == {"account_id": "a", "date": "2026-13-40", "spend": "0"}
    assert "1 rows of 2; --limit shows more." in _told(capsys, "quarantine", "--limit", "1")
    status = _told(capsys, "status")
    assert "`kpi quarantine` shows them" in status
    assert [line.split()[-1] for line in status.splitlines() if line.startswith("fake")] == ["2"]
    doctor = " ".join(_told(capsys, "doctor", "--source", "fake").split())
    assert "fake look quarantine 2 rows are set aside" in doctor
    assert "Everything answers." in doctor
    (tmp_path / "home" / WAREHOUSE_FILE).write_bytes(b"no database")
    assert "Whether rows are set aside is not known:" in " ".join(_told(capsys, "doctor", "--source", "fake").split())


def test_a_load_that_came_to_nothing_leaves_a_row_and_is_shown(
    vendor: FakeVendor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert " ok " in _told(capsys, "status")

    def fail(failure: BaseException) -> Any:
        def reading(context: Any) -> Any:
            raise failure
            yield

        return reading

    for failure, word, line in (
        (ConfigurationError("fake: the token is refused; make a new one"), "FAILED", "the token is refused"),
        (KeyboardInterrupt(), "FAILED", "stopped by a person"),
        (RuntimeError("a secret"), "FAILED", "RuntimeError"),
        (LoadStopped("fake: must wait an hour"), "STOPPED", "must wait an hour"),
    ):
        vendor.wrong = fail(failure)
        with pytest.raises(BaseException):  # noqa: B017 - whatever it was
            vendor.load(home, FIRST, SECOND)
        status = _told(capsys, "status")
        assert word in status
        assert line in status
        assert "a secret" not in status
    # What failed changes nothing of what the next load reads.
    vendor.wrong = None
    assert vendor.load(home, FIRST, SECOND).newest_data_day == SECOND
    assert "FAILED" not in _told(capsys, "status")


def test_a_home_that_is_a_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "file"))
    assert run(["status"]) == 2
    assert f"KPI_HOME = '{tmp_path / 'file'}': is a file; name a folder" in capsys.readouterr().err

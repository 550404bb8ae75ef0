"""The scorecard names the business and the currency that its numbers were computed with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from cli.main import run
from cli.scorecard import read, show
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.carried import Hold, carry_over
from warehouse.publish import publish
from warehouse.settings import Business, Settings


def test_the_scorecard_is_labelled_by_the_publication_and_not_by_the_reader(tmp_path: Path) -> None:
    build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "update semantic.dim_kpi set target_low = 0.1, target_high = 0.2 where kpi = 'retention_rate'"
        )
    writer = Settings(home=tmp_path)
    publish(
        writer,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    reader = Settings(home=tmp_path, business=Business(name="Another", reporting_currency="USD"))
    screen = Console(record=True, width=120, force_terminal=False)
    show(screen, read(reader, None))
    said = screen.export_text()
    assert "Larkspur & Sons  marketing scorecard" in said
    assert " EUR" in said
    assert "USD" not in said
    assert "10.0 % to 20.0 %" in said
    advice = "What to do All channels: review the budget: Cost per lead was 61 % above its expected range for 2 weeks."
    assert advice in " ".join(said.split())
    narrow = Console(record=True, width=80, force_terminal=False)
    show(narrow, read(reader, None))
    assert "\u2026" not in narrow.export_text()  # nothing is cut: only names take a second line


def test_what_is_held_is_marked_and_told_once_with_its_reason(tmp_path: Path) -> None:
    build_warehouse(tmp_path / "warehouse.duckdb")
    settings = Settings(home=tmp_path)
    about = {"published_at": AS_OF, "data_through": date(2026, 11, 22), "checks_passed": 1, "checks_total": 1}
    publish(settings, run_id=RUN_ID, **about)  # type: ignore[arg-type]
    hold = Hold("the last load of meta_ads failed: [token] refused", "`kpi doctor`")
    carry_over(settings, {"cost_per_mille": hold, "cost_per_lead": hold, "spend": hold})
    publish(settings, run_id="later", **about)  # type: ignore[arg-type]
    screen = Console(record=True, width=140, force_terminal=False)
    show(screen, read(settings, None))
    said = screen.export_text()
    assert (
        "! stale: Cost per lead, Cost per 1000 impressions stay as of 2026-11-23 07:30 UTC: the last load of meta_ads "
        "failed: [token] refused; `kpi doctor`"
    ) in " ".join(said.split())
    marked = [" ".join(line.split()[:3]) for line in said.splitlines() if "*!" in line]
    assert marked == ["Cost per 1000", "Cost per lead"]


def test_as_reported_on_a_day_is_what_was_printed_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)

    def release(run_id: str, day: int) -> None:
        publish(
            settings,
            run_id=run_id,
            published_at=datetime(2026, 11, day, 8, tzinfo=UTC),
            data_through=date(2026, 11, day - 1),
            checks_passed=1,
            checks_total=1,
        )

    def printed(*arguments: str) -> str:
        assert run(["scorecard", *arguments]) == 0
        return capsys.readouterr().out

    build_warehouse(settings.warehouse)
    release("one", 23)
    formats = ["table", "json", "csv"]
    then = {form: printed("--format", form) for form in formats}
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("update semantic.kpi_scorecard set value = value * 2, status = 'at_risk', label = 'Other'")
        connection.execute("update semantic.dim_kpi set target_low = 0.1, target_high = 0.2")
        connection.execute("update semantic.dim_business set name = 'Sold', reporting_currency = 'USD'")
    release("two", 25)

    # the day between has no publication of its own: the one before holds
    for day in ("2026-11-23", "2026-11-24"):
        for form in formats:
            said = printed("--as-reported-on", day, "--format", form)
            assert said.replace(f"As reported on {day}. ", "") == then[form]
        assert f"As reported on {day}. Data through 2026-11-22." in printed("--as-reported-on", day)
    assert "USD" in printed("--as-reported-on", "2026-11-25")

    assert run(["scorecard", "--as-reported-on", "2026-11-22"]) == 2
    assert capsys.readouterr().err == (
        "kpi: 2026-11-22: nothing had been published by the end of that day; the first day that there is is "
        "2026-11-23\n"
    )
    assert run(["scorecard", "--as-reported-on", "2026-11"]) == 2
    assert "write one such as 2026-11-01" in capsys.readouterr().err

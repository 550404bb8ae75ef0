from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

HISTORY = Path(__file__).parent / "data" / "eurofxref-hist.csv"


def _rates(trial: Trial) -> list[tuple[str, str, str]]:
    return trial.rows("select date::varchar, currency_code, rate from raw_fx_rates.ecb_rates order by all")


def test_reads_the_rates_of_the_window_and_of_the_days_before_it(trial: Trial) -> None:
    report = trial.load("fx_rates", "2026-11-22", "2026-11-23")
    # The window starts on a Sunday, so Friday's rate comes with it; today's is out at 15:00 UTC.
    assert _rates(trial) == [
        ("2026-11-19", "USD", "1.1650"),
        ("2026-11-20", "CHF", "0.9310"),
        ("2026-11-20", "USD", "1.1700"),
    ]
    assert (report.rows, report.requests) == (3, 1)
    trial.control.advance(timedelta(hours=7))
    trial.load("fx_rates", "2026-11-22", "2026-11-23")
    assert _rates(trial)[-1] == ("2026-11-23", "USD", "1.1710")
    assert len(_rates(trial)) == 4


def test_only_the_currencies_of_the_settings_are_asked_for(trial: Trial) -> None:
    trial.overrides["fx_rates"] = {"currencies": "EUR, chf"}
    trial.load("fx_rates", "2026-11-20", "2026-11-22")
    assert _rates(trial) == [("2026-11-20", "CHF", "0.9310")]
    assert trial.asked("/EXR/")[0].path == "/service/data/EXR/D.CHF.EUR.SP00.A"
    trial.overrides["fx_rates"] = {"currencies": "CHF,Euro"}
    with pytest.raises(ConfigurationError, match=r"sources\.fx_rates\.currencies = 'EURO': is no ISO 4217 code"):
        trial.load("fx_rates", "2026-11-20", "2026-11-22")


def test_a_window_without_any_rate_is_no_failure(trial: Trial) -> None:
    report = trial.load("fx_rates", "2026-10-01", "2026-10-02")
    assert (report.rows, report.newest_data_day) == (0, None)


def test_an_unreachable_service_and_a_wrong_address_are_one_line(trial: Trial) -> None:
    trial.overrides["fx_rates"] = {"base_url": "http://127.0.0.1:1"}
    with pytest.raises(ConfigurationError, match=r"^fx_rates: gave up after 3 tries: 127\.0\.0\.1:1 cannot be reached"):
        trial.load("fx_rates", "2026-11-20", "2026-11-22")
    trial.overrides["fx_rates"] = {"api_version": "nowhere"}
    with pytest.raises(
        ConfigurationError, match=r"^fx_rates: HTTP 404; check sources\.fx_rates\.base_url and api_version$"
    ):
        trial.load("fx_rates", "2026-11-20", "2026-11-22")


def test_the_ecbs_history_file_does_without_the_service(trial: Trial) -> None:
    trial.overrides["fx_rates"] = {"file": str(HISTORY), "currencies": "USD,CHF,BGN"}
    report = trial.load("fx_rates", "2026-01-04", "2026-01-06")
    assert report.requests == 0
    # From 25 December on, without week-ends and the holidays; the lev ended with 2025, from then on it is N/A.
    days = [("29", "12"), ("30", "12"), ("31", "12"), ("02", "01"), ("05", "01"), ("06", "01")]
    dates = [f"{2025 if month == '12' else 2026}-{month}-{day}" for day, month in days]
    assert [(date, code) for date, code, _ in _rates(trial)] == sorted(
        [(date, code) for date in dates for code in ("CHF", "USD")] + [(date, "BGN") for date in dates[:3]]
    )
    assert _rates(trial)[:3] == [
        ("2025-12-29", "BGN", "1.9558"), ("2025-12-29", "CHF", "0.9293"), ("2025-12-29", "USD", "1.1766"),
    ]  # fmt: skip


def test_a_file_that_is_no_history_is_one_line(trial: Trial, tmp_path: Path) -> None:
    for content in (None, "when,USD\n2026-01-05,1.1\n", "Date,USD\n05.01.2026,1.1\n", "Date,USD\n2026-01-05\n"):
        path = tmp_path / "rates.csv"
        if content is not None:
            path.write_text(content, encoding="utf-8")
        trial.overrides["fx_rates"] = {"file": str(path)}
        with pytest.raises(ConfigurationError, match=r"rates\.csv: cannot be read as eurofxref-hist\.csv") as told:
            trial.load("fx_rates", "2026-01-04", "2026-01-06")
        assert "\n" not in str(told.value)


def test_probe_tells_the_newest_day(trial: Trial) -> None:
    (verdict,) = trial.probe("fx_rates")
    assert (verdict.ok, verdict.message) == (True, "newest rate of 2026-11-20")
    trial.overrides["fx_rates"] = {"currencies": "XXX"}
    (verdict,) = trial.probe("fx_rates")
    assert (verdict.ok, verdict.message) == (False, "no rate of XXX since 2026-11-13")

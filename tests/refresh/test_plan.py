"""Which days a refresh reads: expected windows by hand, over a warehouse whose loads are written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.pipeline import ensure_tables
from ingestion.spec import Window
from refresh.home import claim_for_sandbox
from refresh.plan import Cadence, make_plan
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, SourceSettings

# 07:00 in Berlin on Monday 23 November: Sunday the 22nd is the newest complete day.
AS_OF = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SUNDAY = date(2026, 11, 22)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    on = SourceSettings(enabled=True)
    return Settings(home=tmp_path, sources={"google_ads": on, "ga4": on, "hubspot": SourceSettings()})


def loaded(settings: Settings, source: str, *windows: tuple[date, date], newest: date | None) -> None:
    ensure_tables(settings)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for start, end in windows:
            connection.execute(
                "insert into ops.loads (source, window_start, window_end) values (?, ?, ?)", [source, start, end]
            )
        connection.execute("update ops.sources set newest_data_day = ? where source = ?", [newest, source])


def window(settings: Settings, source: str, cadence: Cadence | None = None) -> Window:
    return make_plan(settings, sources=[source], cadence=cadence, as_of=AS_OF).windows[source]


def test_a_first_load_reads_the_whole_history(settings: Settings) -> None:
    assert window(settings, "google_ads") == Window(date(2025, 10, 19), SUNDAY)  # 400 days, both ends counted


def test_a_later_load_reads_the_restatement_window(settings: Settings) -> None:
    loaded(settings, "google_ads", (date(2025, 10, 1), SUNDAY), newest=SUNDAY)
    assert window(settings, "google_ads") == Window(date(2026, 10, 23), SUNDAY)  # 30 days back


def test_a_weekly_refresh_reads_further_back_where_the_source_says_so(settings: Settings) -> None:
    loaded(settings, "ga4", (date(2025, 10, 1), SUNDAY), newest=SUNDAY)
    assert window(settings, "ga4") == Window(date(2026, 11, 19), SUNDAY)  # 3 days
    assert window(settings, "ga4", "weekly") == Window(date(2026, 11, 8), SUNDAY)  # 14 days


def test_days_that_were_missed_are_read_again(settings: Settings) -> None:
    loaded(settings, "ga4", (date(2025, 10, 1), date(2026, 9, 30)), newest=date(2026, 9, 30))
    # The last days before the pause were not final when they were read: three days back from 1 October.
    assert window(settings, "ga4") == Window(date(2026, 9, 28), SUNDAY)


def test_a_hole_between_two_loads_is_filled(settings: Settings) -> None:
    loaded(settings, "ga4", (date(2025, 10, 1), date(2026, 6, 30)), (date(2026, 8, 1), SUNDAY), newest=SUNDAY)
    assert window(settings, "ga4") == Window(date(2026, 7, 1), SUNDAY)


def test_a_narrow_first_load_does_not_hide_the_history(settings: Settings) -> None:
    loaded(settings, "ga4", (date(2026, 11, 1), SUNDAY), newest=SUNDAY)
    assert window(settings, "ga4").start == date(2025, 10, 19)


def test_a_window_that_is_asked_for_is_taken_as_it_is(settings: Settings) -> None:
    plan = make_plan(settings, sources=["ga4"], start=date(2026, 3, 1), end=date(2026, 3, 31), as_of=AS_OF)
    assert plan.windows == {"ga4": Window(date(2026, 3, 1), date(2026, 3, 31))}


def test_the_business_decides_when_a_day_is_over(settings: Settings) -> None:
    just_after_midnight = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # 00:30 in Berlin on the 23rd
    assert make_plan(settings, as_of=just_after_midnight).windows["ga4"].end == SUNDAY


def test_enabled_sources_are_read_in_order(settings: Settings) -> None:
    assert list(make_plan(settings, as_of=AS_OF).windows) == ["ga4", "google_ads"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"sources": ["gogle_ads"]}, "--source 'gogle_ads': no such source; did you mean google_ads?"),
        ({"sources": ["hubspot"]}, "--source hubspot: is not enabled"),
        (
            {"end": date(2026, 11, 23)},
            "--to 2026-11-23: that day is not over yet; the newest complete day is 2026-11-22",
        ),
        ({"start": date(2026, 3, 2), "end": date(2026, 3, 1)}, "--from 2026-03-02: is after"),
    ],
)
def test_a_wrong_option_is_one_line(settings: Settings, options: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(settings, as_of=AS_OF, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(line)


def test_a_clock_that_was_set_back_is_one_line_until_a_person_says_which_one_was_wrong(settings: Settings) -> None:
    loaded(settings, "ga4", (date(2025, 10, 1), SUNDAY), newest=SUNDAY)
    of_the_loads(settings, "2027-05-01 08:00:00+00", "2026-11-23 06:50:00+00")
    # fifty minutes: somebody put it right
    assert make_plan(settings, as_of=AS_OF).windows["ga4"].end == SUNDAY
    of_the_loads(settings, "2027-05-01 08:00:00+00")
    with pytest.raises(ConfigurationError) as caught:
        make_plan(settings, as_of=AS_OF)
    assert str(caught.value) == (
        "clock: it is 2026-11-23 06:00 UTC, and the last load was made as of 2027-05-01 08:00 UTC; "
        "set the clock right, or run `kpi refresh --as-of 2026-11-23T06:00` once where that load was wrong"
    )
    meant = make_plan(settings, as_of=AS_OF, is_past_meant=True).windows["ga4"]
    assert meant == Window(date(2026, 11, 19), SUNDAY)
    # what that run loads is the last load then
    of_the_loads(settings, "2026-11-23 06:00:00+00")
    assert make_plan(settings, as_of=AS_OF).windows["ga4"] == meant


def of_the_loads(settings: Settings, *moments: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        for moment in moments:
            connection.execute("insert into ops.loads (source, as_of) values ('fx_rates', ?)", [moment])


def test_a_history_that_is_no_number_names_the_setting(settings: Settings) -> None:
    odd = SourceSettings(enabled=True, history_days="all")  # type: ignore[call-arg]
    wrong = settings.model_copy(update={"sources": {"ga4": odd}})
    with pytest.raises(ConfigurationError, match=r"sources\.ga4\.history_days = 'all'"):
        make_plan(wrong, as_of=AS_OF)


def test_real_and_invented_numbers_never_share_a_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KPI_SANDBOX", raising=False)
    ensure_tables(settings)
    with pytest.raises(ConfigurationError, match="holds a warehouse that the sandbox did not make"):
        claim_for_sandbox(settings.home)
    sandbox = settings.model_copy(update={"home": settings.home / "sandbox"})
    claim_for_sandbox(sandbox.home)
    with pytest.raises(ConfigurationError, match="holds the sandbox's numbers"):
        make_plan(sandbox, as_of=AS_OF)
    monkeypatch.setenv("KPI_SANDBOX", "1")
    assert make_plan(sandbox, as_of=AS_OF).windows

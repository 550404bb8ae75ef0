"""A load that takes long says in the run's log how far it is."""

from __future__ import annotations

import threading

import pytest

from ingestion.meter import Meter
from orchestration import load_progress


def test_a_load_says_how_far_it_is_each_time_that_there_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_progress, "PAUSE", 0.01)
    heard: list[str] = []
    is_heard = threading.Event()

    def say(line: str) -> None:
        heard.append(line)
        is_heard.set()

    meter = Meter()
    with load_progress.told(say) as watch:
        watch(meter)
        meter.doing = "contacts of 42"
        assert is_heard.wait(30)
        is_heard.clear()
        meter.waiting = "waiting 40 s: HTTP 429"
        assert is_heard.wait(30)
    assert heard == ["contacts of 42", "waiting 40 s: HTTP 429"]
    threads = [thread.name for thread in threading.enumerate() if "tell" in thread.name]
    assert threads == []


def test_a_load_that_is_over_soon_says_nothing() -> None:
    heard: list[str] = []
    with load_progress.told(heard.append) as watch:
        watch(Meter(rows=5))
    assert heard == []

"""Loads that ask for several things at a time bring what they bring one after the other, within the vendor's limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import catalog
from ingestion.hubspot import portal
from tests.ingestion.conftest import Rows, Trial, content

# Seconds of a reply: longer ones where a busy machine sends its requests so late that they do not overlap.
LATENCIES = (0.02, 0.3, 3.0)


def _content(trial: Trial, source: str) -> Rows:
    return content(trial, source) | {
        "coverage": trial.rows(
            f"select table_name, account_id, date_day, rows from ops.coverage where source = '{source}' order by all"
        )
    }


SOURCES = [name for name, source in catalog.discover().items() if source.spec.parallel_requests > 1]
# What a source takes together, in parts small enough that the tiny world has several.
SMALL_PARTS = {"hubspot": (portal, {"BATCH": 2, "BATCH_WITH_HISTORY": 1, "ASSOCIATION_INPUTS": 1})}
# The tiny portal has two contacts.
MOST = {"hubspot": 2}
# Days from which on a source has as many parts to ask for as it may ask for at a time.
START = {"ga4_export": "2026-11-10"}


@pytest.mark.parametrize("source", SOURCES)
def test_a_load_in_parallel_brings_what_one_in_sequence_brings(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    most = MOST.get(source, catalog.get(source).spec.parallel_requests)
    module, parts = SMALL_PARTS.get(source, (None, {}))
    for name, size in parts.items():
        monkeypatch.setattr(module, name, size)
    contents, requests = [], []
    for parallel in (1, most):
        for latency in LATENCIES:
            trial.control.reset()
            trial.control.conditions["latency_seconds"] = latency
            trial.home = tmp_path / f"{parallel} at {latency}"
            trial.overrides[source] = {"poll_seconds": "0.001", "parallel_requests": parallel}
            report = trial.load(source, START.get(source, "2026-08-10"), "2026-11-22")
            if trial.control.most_in_hand == parallel:
                break
        requests.append(report.requests)
        contents.append(_content(trial, source))
        assert trial.control.most_in_hand == parallel
    assert contents[0] == contents[1]
    assert any(contents[0].values())
    assert requests[0] == requests[1]

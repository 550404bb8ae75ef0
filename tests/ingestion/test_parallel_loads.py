"""Loads that ask for several things at a time bring what they bring one after the other, within the vendor's limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion import catalog
from tests.ingestion.conftest import Trial

# Seconds of a reply: longer ones where a busy machine sends its requests so late that they do not overlap.
LATENCIES = (0.02, 0.3, 3.0)


def _content(trial: Trial, source: str) -> dict[str, list[Any]]:
    return {
        table.name: trial.rows(
            f"select * exclude (_dlt_load_id, _loaded_at) from raw_{source}.{table.name} order by all"
        )
        for table in catalog.get(source).spec.tables
    } | {
        "coverage": trial.rows(
            f"select table_name, account_id, date_day, rows from ops.coverage where source = '{source}' order by all"
        )
    }


SOURCES = [name for name, source in catalog.discover().items() if source.spec.parallel_requests > 1]
# Days from which on a source has as many parts to ask for as it may ask for at a time.
START = {"ga4_export": "2026-11-10"}


@pytest.mark.parametrize("source", SOURCES)
def test_a_load_in_parallel_brings_what_one_in_sequence_brings(trial: Trial, tmp_path: Path, source: str) -> None:
    content, requests = [], []
    for parallel in (1, catalog.get(source).spec.parallel_requests):
        for latency in LATENCIES:
            trial.control.reset()
            trial.control.conditions["latency_seconds"] = latency
            trial.home = tmp_path / f"{parallel} at {latency}"
            trial.overrides[source] = {"poll_seconds": "0.001", "parallel_requests": parallel}
            report = trial.load(source, START.get(source, "2026-08-10"), "2026-11-22")
            if trial.control.most_in_hand == parallel:
                break
        requests.append(report.requests)
        content.append(_content(trial, source))
        assert trial.control.most_in_hand == parallel
    assert content[0] == content[1]
    assert any(content[0].values())
    assert requests[0] == requests[1]

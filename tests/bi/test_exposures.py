"""Every dashboard is an exposure, and reads published tables only."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bi.exposures import FILE, Dashboard, dashboards, render, write
from dashboards.pages import OURS
from tests.transform.kpi.conftest import settings_in
from warehouse.schema import committed


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Dashboard]:
    return dashboards(settings_in(tmp_path_factory.mktemp("exposures")))


def test_the_committed_file_is_that_of_the_dashboards(found: list[Dashboard]) -> None:
    assert FILE.read_text(encoding="utf-8") == render(found), "run `python -m bi.exposures` and commit the file"


def test_every_dashboard_has_one_and_reads_published_tables_only(found: list[Dashboard]) -> None:
    names = {one.name for one in found}
    assert names >= {f"page_{path.stem.replace('-', '_')}" for path in OURS.glob("*.yml")}
    assert names >= {"superset_ceo", "superset_marketing_manager", "superset_channel_specialist"}
    published = {*committed()["tables"], "publication", "check_results", "kpi_reported"}
    for one in found:
        assert one.tables, one.name
        assert one.tables <= published, one.name


def test_a_page_says_what_it_reads(found: list[Dashboard], tmp_path: Path) -> None:
    by_name = {one.name: one for one in found}
    assert {"kpi_scorecard", "kpi_values", "cohort_retention", "fct_customer_cohorts"} <= by_name["page_ceo"].tables
    assert "cohort_retention" not in by_name["page_index"].tables
    assert "campaign_daily" in by_name["superset_channel_specialist"].tables
    assert by_name["page_ceo"].tables | {"channel_daily"} <= by_name["app"].tables
    assert "kpi_newest" not in by_name["superset_ceo"].tables
    assert "customer_acquisition_cost" in by_name["superset_ceo"].metrics
    path = tmp_path / "exposures.yml"
    assert write(settings_in(tmp_path), path) == len(found)
    content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    (ceo,) = [one for one in content["exposures"] if one["name"] == "superset_ceo"]
    assert "metric('customer_acquisition_cost')" in ceo["depends_on"]
    assert "published.kpi_values" in ceo["config"]["meta"]["tables"]

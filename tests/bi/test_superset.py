"""The Superset bundle by its files; `make test-bi` imports it into a real Superset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pytest
from ruamel.yaml import YAML

from bi.contents import Contents, read
from bi.superset import bundle, charts_of, write
from cli.main import run
from dashboards.cards import AUDIENCES
from tests.bi.world import build, release
from warehouse.settings import Settings

URI = "duckdb:////data/serving/kpi.duckdb"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("bi") / "home")
    build(settings)
    release(settings, 1)
    return settings


@pytest.fixture(scope="module")
def contents(settings: Settings) -> Contents:
    return read(settings.publication)


def files_of(contents: Contents, uri: str = URI) -> dict[str, Any]:
    return {name: YAML(typ="safe").load(text) for name, text in bundle(contents, uri).items()}


def test_the_same_publication_gives_the_same_bytes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_HOME", str(settings.home))
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    assert run(["bi", "superset", "--out", str(first)]) == 0
    assert run(["bi", "superset", "--out", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert "3 dashboards, 15 charts" in capsys.readouterr().out
    assert run(["bi", "superset", "--out", str(tmp_path / "folder")]) == 0
    with ZipFile(first) as archive:
        names = archive.namelist()
        text = archive.read("kpi/databases/publication.yaml").decode()
    assert sorted(names) == sorted(
        path.relative_to(tmp_path / "folder").as_posix() for path in (tmp_path / "folder").rglob("*.yaml")
    )
    assert f"duckdb:///{settings.publication}" in text


def test_a_folder_loses_what_a_former_bundle_left(contents: Contents, tmp_path: Path) -> None:
    stale = tmp_path / "kpi" / "charts" / "kpi_gone.yaml"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    write(bundle(contents, URI), tmp_path)
    assert not stale.exists()


def test_everything_refers_to_what_is_there(contents: Contents) -> None:
    files = files_of(contents)
    kinds: dict[str, dict[str, Any]] = {}
    for name, content in files.items():
        kinds.setdefault(name.split("/")[1], {})[name] = content
    uuids = [content["uuid"] for content in files.values() if "uuid" in content]
    assert len(uuids) == len(set(uuids))
    datasets = {content["uuid"]: content for content in kinds["datasets"].values()}
    charts = {content["uuid"]: content for content in kinds["charts"].values()}
    (database,) = kinds["databases"].values()
    assert {content["database_uuid"] for content in datasets.values()} == {database["uuid"]}
    for chart in charts.values():
        dataset = datasets[chart["dataset_uuid"]]
        known = {column["column_name"] for column in dataset["columns"]}
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        (query,) = json.loads(chart["query_context"])["queries"]
        asked = {column if isinstance(column, str) else column["label"] for column in query["columns"]}
        assert asked | {one["col"] for one in query["filters"]} <= known, chart["slice_name"]
        assert set(query["metrics"] or []) <= metrics, chart["slice_name"]
    shown = {
        part["meta"]["uuid"]
        for dashboard in kinds["dashboards"].values()
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    }
    assert shown == set(charts)


def test_every_column_and_metric_is_described(contents: Contents) -> None:
    values = files_of(contents)["kpi/datasets/publication/kpi_values.yaml"]
    assert [column["column_name"] for column in values["columns"]][:3] == ["kpi", "grain", "period_start"]
    assert all(metric["description"] for metric in values["metrics"])
    assert {metric["metric_name"] for metric in values["metrics"]} == {"count", *contents.definitions}


def test_each_audience_sees_its_kpis_the_focus_set_first(contents: Contents) -> None:
    names = {audience: [chart.name for chart in charts_of(contents, audience)] for audience in AUDIENCES}
    assert [name for name in names["ceo"] if name.startswith("kpi_")] == [
        "kpi_cost_per_mille", "kpi_click_through_rate", "kpi_cost_per_lead", "kpi_retention_rate", "kpi_new_visitors",
    ]  # fmt: skip
    assert [name for name in names["channel_specialist"] if name.startswith("kpi_")] == ["kpi_click_through_rate"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql+psycopg2://kpi:s3cret@db:5432/bi", "postgresql+psycopg2://kpi:XXXXXXXXXX@db:5432/bi"),
        (
            "postgresql+psycopg2://kpi@db/bi?sslmode=require",
            "postgresql+psycopg2://kpi:XXXXXXXXXX@db/bi?sslmode=require",
        ),
        ("postgresql://db:5432/bi", "postgresql://db:5432/bi"),
    ],
)
def test_no_password_is_written(contents: Contents, uri: str, expected: str) -> None:
    texts = bundle(contents, uri)
    assert all("s3cret" not in text for text in texts.values())
    database = YAML(typ="safe").load(texts["kpi/databases/publication.yaml"])
    assert database["sqlalchemy_uri"] == expected
    assert database["extra"]["engine_params"] == {}


def test_the_file_is_opened_read_only(contents: Contents) -> None:
    database = files_of(contents)["kpi/databases/publication.yaml"]
    assert database["extra"]["engine_params"] == {"connect_args": {"read_only": True}}
    assert database["allow_dml"] is False


@pytest.mark.parametrize("uri", ["mysql://db/bi", "kpi.duckdb", "duckdb://"])
def test_another_address_is_one_line(
    uri: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_HOME", str(settings.home))
    assert run(["bi", "superset", "--uri", uri]) == 2
    said = capsys.readouterr().err
    assert "write duckdb:////path/to/kpi.duckdb or postgresql" in said
    assert said.count("\n") == 1


def test_the_metrics_of_the_datasets_run_on_the_publication(settings: Settings, contents: Contents) -> None:
    with duckdb.connect(str(settings.publication.resolve()), read_only=True) as connection:
        for dataset in (content for name, content in files_of(contents).items() if "/datasets/" in name):
            place = f"({dataset['sql']})" if dataset["sql"] else f"published.{dataset['table_name']}"
            metrics = ", ".join(metric["expression"] for metric in dataset["metrics"])
            connection.execute(f"select {metrics} from {place} as t")

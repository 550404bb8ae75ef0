"""A setting that nothing reads is refused before anything is loaded, and what is read is declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from ingestion import catalog
from ingestion.catalog import Source
from ingestion.spec import COMMON_SETTINGS
from refresh.source_names import check_source_names
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT
from warehouse.settings import SourceSettings, load_settings

# Method -> what its owner is called.
READERS = {"get": ("settings", "meta_ads"), "setting": ("context",), "number": ("context",)}
# What the models are told of a source's settings.
OUTSIDE = {"meta_ads": [PROJECT_ROOT / "transform" / "build.py"]}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    return tmp_path / "config" / "local.toml"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[sources.ga4]\nbase_ulr = "x"', "sources.ga4.base_ulr: no such setting of Google Analytics 4 reports; "
         "did you mean base_url?"),
        ("[sources.gaa4]\nenabled = true", "sources.gaa4: no such source; did you mean ga4"),
        ("[sources.meta_ads]\nenabeld = true", "sources.meta_ads.enabeld: no such setting of Meta Ads; did you mean "
         "enabled?"),
        ('[sources.hubspot]\naccess_token = "pat-1"', "sources.hubspot.access_token: is a secret and is not read here; "
         "put it into .dlt/secrets.toml, below [sources.hubspot]"),
    ],
)  # fmt: skip
def test_a_name_that_nothing_reads_is_told_with_its_place(
    config: Path, written: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(written, encoding="utf-8")
    for command in (["refresh"], ["doctor"]):
        assert run(command) == 2
        line = capsys.readouterr().err
        assert f"kpi: {config}: {told}" in line
        assert "pat-1" not in line


def test_a_mistyped_variable_is_told_by_its_name(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GOOGLE_ADS__CREDENTIAL", '{"private_key": "x"}')
    with pytest.raises(ConfigurationError) as told:
        check_source_names(load_settings())
    assert str(told.value) == (
        "environment: SOURCES__GOOGLE_ADS__CREDENTIAL: no such setting of Google Ads; did you mean credentials?"
    )


def test_what_tunes_dlt_itself_is_no_source(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA_WRITER__BUFFER_MAX_ITEMS", "EXTRACT__WORKERS", "SCHEMA__NAMING", "GA4__DATA_WRITER__VERSION"):
        monkeypatch.setenv(f"SOURCES__{name}", "7")
    check_source_names(load_settings())
    monkeypatch.setenv("SOURCES__DATA_WRITERS__BUFFER_MAX_ITEMS", "7")
    with pytest.raises(ConfigurationError, match=r"^environment: SOURCES__DATA_WRITERS: no such source"):
        check_source_names(load_settings())


@pytest.mark.parametrize("source", catalog.discover().values(), ids=lambda source: source.spec.name)
def test_every_setting_that_a_source_reads_is_declared_and_the_other_way_round(source: Source) -> None:
    files = [*(PROJECT_ROOT / "ingestion" / source.spec.name).glob("*.py"), *OUTSIDE.get(source.spec.name, ())]
    read = {name for file in files for name in _names_read(file)}
    assert read <= set(source.spec.settings)
    assert {*source.spec.required_settings, *source.spec.optional_settings} <= read


def test_a_setting_that_is_not_declared_cannot_be_read() -> None:
    settings = SourceSettings(enabled=True, **{"page_rows": 5}).declared((*COMMON_SETTINGS, "page_rows"))
    assert settings.get("page_rows") == 5
    assert settings.names() == ["enabled", "page_rows"]
    with pytest.raises(RuntimeError, match="'page_size' is read and not declared"):
        settings.get("page_size")


def _names_read(file: Path) -> Iterator[str]:
    """Names of settings in `settings.get("x")`, `context.setting("x")`, `context.number("x")` and the like."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS):
            continue
        if not ast.unparse(node.func.value).endswith(READERS[node.func.attr]):
            continue
        argument = node.args[0]
        if isinstance(argument, ast.Constant):
            yield str(argument.value)
        elif ast.unparse(argument) == "f'{goal}_action'":
            yield from ("purchase_action", "lead_action")

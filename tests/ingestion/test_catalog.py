from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import ingestion
from ingestion import catalog, contracts, credentials, privacy
from ingestion.catalog import Source
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT

NEW_SOURCE = """
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="newsletter", title="Newsletter", cadence="weekly", restatement_days=1, max_data_age_hours=200,
    time_zone_rule="UTC", tables=(TableSpec("mailings", ("id",), {"id": "text"}, "Mailings."),),
)


def build(context):
    return []
"""


def test_the_sources_of_the_product_are_found() -> None:
    assert list(catalog.discover()) == [
        "file_drop", "fx_rates", "ga4", "ga4_export", "google_ads", "hubspot", "meta_ads", "search_console",
    ]  # fmt: skip


def test_a_new_folder_is_a_new_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "newsletter"
    package.mkdir()
    (package / "__init__.py").write_text(NEW_SOURCE, encoding="utf-8")
    monkeypatch.setattr(ingestion, "__path__", [*ingestion.__path__, str(tmp_path)])
    try:
        assert catalog.get("newsletter").spec.title == "Newsletter"
    finally:
        sys.modules.pop("ingestion.newsletter", None)


def test_an_unknown_source_is_one_line_that_lists_the_known_ones() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^source 'ga3' is unknown; the sources are file_drop, fx_rates, ga4, "
    ):
        catalog.get("ga3")


@pytest.mark.parametrize("source", catalog.discover().values(), ids=lambda source: source.spec.name)
def test_what_a_source_declares_hangs_together(source: Source) -> None:
    spec = source.spec
    assert source.probe is not catalog._no_probe
    for table in spec.tables:
        named = [*table.primary_key, table.window_column, table.account_column, table.dated_by, table.split_by]
        assert {name for name in named if name} <= set(table.columns)
        assert set(table.columns.values()) <= set(contracts.SQL_TYPES)
        assert table.description.endswith(".")
        if table.window_column:
            assert table.columns[table.window_column] == "date"
        if table.dated_by:
            assert table.columns[table.dated_by] in ("date", "timestamp")
    for place in spec.freshness:
        table_name, column = place.split(".")
        assert column in spec.table(table_name).columns


@pytest.mark.parametrize("source", catalog.discover().values(), ids=lambda source: source.spec.name)
def test_a_sources_readme_has_every_chapter_table_and_setting(source: Source) -> None:
    spec = source.spec
    text = (PROJECT_ROOT / "ingestion" / spec.name / "README.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    for chapter in (
        r"Credentials|Set up, step by step", "What is loaded", "Rule of re-reading", r"What a (day|load) costs",
        "Failures", r"What .+ shows? otherwise, and why", "Limits",
    ):  # fmt: skip
        assert [title for title in titles if re.match(chapter, title)], chapter
    assert [table.name for table in spec.tables if f"`{table.name}`" not in text] == []
    named = (*spec.required_settings, *spec.optional_settings, *spec.secrets)
    assert [name for name in named if name not in text] == []


def test_an_address_is_hashed_with_the_key_and_without_regard_to_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "key")
    # printf 'ada@firm.example' | openssl dgst -sha256 -hmac key
    expected = "ce57d0ebf33eacac85deff197df0b85b5ca9ec4241a7f56ba02e872f4375f761"
    assert privacy.keyed_hash(" Ada@Firm.Example ") == expected
    monkeypatch.setenv("PRIVACY__HASH_KEY", "other key")
    assert privacy.keyed_hash("ada@firm.example") not in (None, expected)
    assert privacy.keyed_hash(None) is None
    assert privacy.keyed_hash("  ") is None


@pytest.mark.parametrize("key", ["", "  "])
def test_without_a_key_nothing_is_hashed(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", key)
    with pytest.raises(ConfigurationError, match=r"privacy\.hash_key is missing; .* or PRIVACY__HASH_KEY") as told:
        privacy.keyed_hash("ada@firm.example")
    assert "ada" not in str(told.value)


def test_secrets_come_as_text_or_as_a_key_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GA4__CREDENTIALS", '{"client_email": "x", "private_key": "a\\nb"}')
    assert credentials.secret("ga4", "credentials") == {"client_email": "x", "private_key": "a\nb"}
    monkeypatch.setenv("SOURCES__GA4__CREDENTIALS", '{"client_email": ')
    with pytest.raises(
        ConfigurationError, match=r"sources\.ga4\.credentials: is no valid JSON; paste the whole key file"
    ):
        credentials.secret("ga4", "credentials")
    monkeypatch.setenv("SOURCES__GA4__CREDENTIALS", "")
    with pytest.raises(ConfigurationError, match=r"sources\.ga4\.credentials is missing; .* SOURCES__GA4__CREDENTIALS"):
        credentials.secret("ga4", "credentials")

"""A wrong setting is one line that names where it was set, the field, the value and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from transform.journeys import journey_vars
from warehouse.errors import ConfigurationError
from warehouse.settings import load_settings


@pytest.mark.parametrize(
    ("local", "line"),
    [
        ("nope = 1", "local.toml: nope = 1: no such setting; check its spelling, or take it out"),
        ('[business]\nnmae = "x"', "local.toml: business.nmae = 'x': no such setting"),
        ("focus = 3", "local.toml: focus = 3: is no list"),
        ("[business]\nname = 3", "local.toml: business.name = 3: is no text; write it in quotes"),
        ('[business]\nattribution_lookback_days = "many"', "business.attribution_lookback_days = 'many': is no whole"),
        ("[business]\nattribution_lookback_days = 0", "= 0: should be greater than or equal to 1; write another value"),
        ('[business]\nreporting_currency = "eur"', "'eur': is no currency code; write three capital letters"),
        ('[business]\npublic_holidays = "Germany"', "'Germany': is no country with known holidays; write its ISO 3166"),
        (
            '[business]\npublic_holidays = "DE-XX"',
            "'DE-XX': DE has no such part; write DE or, after its hyphen, one of",
        ),
        ('[business]\npublic_holidays = "DE-"', "'DE-': DE has no such part; write DE or"),
        ("[business]\npublic_holidays = 49", "public_holidays = 49: is no text; write it in quotes"),
        ('[business]\nattribution_model = "lst"', "'lst': is no attribution model; write first, last, last_no"),
        ("[attribution]\nmarkov_order = 4", "attribution.markov_order = 4: should be less than or equal to 3; write"),
        ("[attribution]\nhalf_life = 4", "attribution.half_life = 4: no such setting; check its spelling"),
        ("[attribution]\nfirst_share = 0.7", "attribution.last_share = 0.4: and first_share 0.7 are more than 1; w"),
        ('[journeys]\nconversion_types = ["lead"]', "= ['lead']: lacks first_purchase, on which KPIs rest; add it"),
        (
            '[journeys]\nconversion_types = ["sale"]',
            "'sale' is no conversion type; write lead, qualified_lead, first_p",
        ),
        ('[journeys]\nkey_events = ["file download"]', "'file download' is no name of a GA4 event; write letters"),
        ('[journeys]\nkey_events = ["lead"]', "'lead' is a conversion type already; leave it out"),
        ('[journeys]\nqualified_stage = "won"', "journeys.qualified_stage = 'won': should be 'mql' or 'sql'; write an"),
        ("[journeys.lookback_days]\nlead = 0", "lead = 0: is no number of days from 1 to 365; write another value"),
        ("[journeys.lookback_days]\nleads = 9", "lookback_days.leads: is no conversion type here; write lead, qual"),
        ('[journeys]\ntouchpoint_types = ["lead"]', "journeys.touchpoint_types.0 = 'lead': should be 'session' or 'ad"),
        ("[journeys]\ntouchpoint_types = []", "journeys.touchpoint_types = []: is empty; name at least one, or"),
        ("[journeys]\nminimum_seconds = -1", "journeys.minimum_seconds = -1: should be greater than or equal to 0"),
        (
            '[journeys]\npath_transforms = ["exposure"]',
            "'exposure' is no path transform; write unique_path, exposure_p",
        ),
        (
            '[journeys]\npath_transforms = ["first_path", "first_path"]',
            "'first_path' stands there twice; write it once",
        ),
        ("[identity]\nmax_people = 0", "identity.max_people = 0: should be greater than or equal to 1; write another"),
        ("[identity]\nmax_people = 2.5", "identity.max_people = 2.5: "),
        ('[identity]\nnever_link = ["TEST"]', "identity.never_link = ['TEST']: has 'TEST', which is no type and ident"),
        (
            '[identity]\nnever_link = ["contact_id:1"]',
            "write one such as gclid:TEST, with one of ga_client_id, email_h",
        ),
        ('[identity]\nnever_link = "gclid:TEST"', 'is no list; write one such as ["conversion_rate"]'),
        ('[sources.ga4]\nenabled = "perhaps"', "local.toml: sources.ga4.enabled = 'perhaps': is neither true nor"),
        ("[sources]\nga4 = 3", "local.toml: sources.ga4 = 3: is no table of settings"),
        (
            "[sessions]\ntimeout_minutes = 0",
            "local.toml: sessions.timeout_minutes = 0: should be greater than or equal",
        ),
        ("[channels]\nrules = 3", "channels.rules = 3: is no list of rules; begin each with a line [[channels.rules]]"),
        ('[channels.source_categories]\n"a.b" = "X"', "channels.source_categories.a.b = 'X': should be 'SEARCH', 'SOC"),
        ('[[channels.rules]]\nchannel = "P"', "channels.rules.0 = {'channel': 'P'}: has no condition and would take"),
        ('[[channels.rules]]\nsource = "x"', "channels.rules.0.channel = {'source': 'x'}: is missing there; add it"),
        (
            '[[channels.rules]]\nchannel = " P"\nsource = "x"',
            "channels.rules.0.channel = ' P': is no name of a channel",
        ),
        ('[[channels.rules]]\nchannel = "(P)"\nsource = "x"', "= '(P)': names in brackets are the system's own words"),
        ('[[channels.rules]]\nchannel = "P"\nsource = "(["', "rules.0.source = '([': is no regular expression (Inv"),
        ('[[channels.rules]]\nchannel = "P"\nsource = ""', "channels.rules.0.source = '': matches nothing; write a"),
        ('[[channels.rules]]\nchannel = "P"\nsorce = "x"', "channels.rules.0.sorce = 'x': no such setting; check"),
    ],
)
def test_a_wrong_setting_names_its_file_and_its_mend(tmp_path: Path, local: str, line: str) -> None:
    (tmp_path / "kpi.toml").write_text('[business]\nname = "Right"\n[sources.ga4]\nenabled = false', encoding="utf-8")
    (tmp_path / "local.toml").write_text(local, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_settings(tmp_path / "home", tmp_path)
    assert line in str(raised.value)


def test_a_wrong_variable_is_named_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSINESS__TIME_ZONE", "Mars")
    with pytest.raises(ConfigurationError, match=r"^environment: BUSINESS__TIME_ZONE = 'Mars': is no IANA time zone"):
        load_settings(tmp_path / "home", tmp_path)


def test_a_folder_of_settings_that_is_not_there_is_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "gone"))
    with pytest.raises(ConfigurationError, match=r"there is no such folder; name the one that holds kpi\.toml"):
        load_settings(tmp_path / "home")


def test_a_setting_says_where_it_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kpi.toml").write_text('focus = ["a"]\n[business]\nname = "A"\n', encoding="utf-8")
    (tmp_path / "local.toml").write_text('focus = ["b"]\n', encoding="utf-8")
    monkeypatch.setenv("SOURCES__GA4__PROPERTY_ID", "1")
    settings = load_settings(tmp_path / "home", tmp_path)

    assert settings.where("focus") == f"{tmp_path / 'local.toml'}: focus"
    assert settings.where("business", "name") == f"{tmp_path / 'kpi.toml'}: business.name"
    assert settings.where("sources", "ga4", "property_id") == "environment: SOURCES__GA4__PROPERTY_ID"
    assert settings.where("keep_publications") == "config/local.toml: keep_publications"


def test_a_misspelt_channel_of_journeys_is_told(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text('[journeys]\nexcluded_channels = ["Diract"]', encoding="utf-8")
    settings = load_settings(tmp_path / "home", tmp_path)
    with pytest.raises(ConfigurationError, match=r"excluded_channels = 'Diract': is no channel; did you mean 'Direct'"):
        journey_vars(settings)
    # what a cost file names is known to nobody beforehand
    (tmp_path / "local.toml").write_text('[journeys]\nexcluded_channels = ["Fairs"]', encoding="utf-8")
    assert journey_vars(load_settings(tmp_path / "home", tmp_path))["journey_excluded_channels"] == ["Fairs"]


def test_the_hash_of_journeys_tells_settings_apart(tmp_path: Path) -> None:
    hashes = set()
    for text in ("", "[journeys]\nengaged_only = true", "[journeys.lookback_days]\nlead = 30", "[journeys]\n"):
        (tmp_path / "local.toml").write_text(text, encoding="utf-8")
        hashes.add(journey_vars(load_settings(tmp_path / "home", tmp_path))["journey_settings_hash"])
    assert len(hashes) == 3

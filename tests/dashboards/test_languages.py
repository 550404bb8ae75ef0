from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import dashboards
from dashboards.build import build
from dashboards.reading import read
from dashboards.words import Words
from warehouse.settings import Settings

HERE = Path(dashboards.__file__).parent
_FIELDS = re.compile(r"{\w*}")


@pytest.fixture(params=["fr", "it"])
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with (HERE / "languages" / f"{request.param}.po").open("rb") as file:
        return read_po(file, locale=request.param)


def sentences() -> set[str]:
    """What the code and the templates hand over for translation, as far as it stands there in full."""
    found: set[str] = set()
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                said = {"text": node.args[:1], "many": node.args[1:3]}.get(node.func.attr, [])
                found |= {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    for path in HERE.rglob("*.j2"):
        found |= set(re.findall(r'\b_\("([^"]+)"', path.read_text(encoding="utf-8")))
    for path in (HERE / "layouts").glob("*.yml"):
        found |= set(re.findall(r"^\s*(?:title|question): (.+)$", path.read_text(encoding="utf-8"), re.M))
    return found


def test_every_sentence_is_translated(catalogue: Catalog) -> None:
    assert len(sentences()) > 150
    assert sorted(message for message in sentences() if message not in catalogue) == []


def test_a_french_page_says_nothing_that_is_not_translated(
    published: Settings, monkeypatch: pytest.MonkeyPatch, catalogue: Catalog
) -> None:
    """Also what stands in a list before it is handed over."""
    said: set[str] = set()
    spoken = Words.text

    def heard(words: Words, message: str, **values: object) -> str:
        said.add(message)
        return spoken(words, message, **values)

    monkeypatch.setattr(Words, "text", heard)
    build(published)
    # what the publication itself says is English in every language
    rows = read(published.publication).definitions.values()
    own = {str(row[name]) for row in rows for name in ("label", "description", "kpi")}
    assert sorted(message for message in said - own if message and message not in catalogue) == []


def test_a_translation_fills_in_what_the_sentence_does(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            assert message.string, message.id
            assert sorted(_FIELDS.findall(str(message.id))) == sorted(_FIELDS.findall(str(message.string))), message.id

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warehouse.layout import PROJECT_ROOT
from warehouse.schema import committed, digest, objections, renew

TABLES = {"funnel": {"month": "DATE", "people": "BIGINT"}, "dim_kpi": {"kpi": "VARCHAR"}}
CHANGELOG = "- Published schema 1: first one.\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "published_schema.json"
    assert renew(TABLES, path) == 1
    return path


def test_columns_that_are_declared_have_no_objection(path: Path) -> None:
    assert objections(TABLES, CHANGELOG, path) == []
    # tables have no order, columns have
    assert objections(dict(reversed(TABLES.items())), CHANGELOG, path) == []


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        (TABLES | {"funnel": {"month": "DATE"}}, "funnel: without people; run `python -m warehouse.document`"),
        (TABLES | {"funnel": {**TABLES["funnel"], "step": "VARCHAR"}}, "funnel: new step; run"),
        (TABLES | {"funnel": {"month": "DATE", "people": "DOUBLE"}}, "funnel: other type people BIGINT -> DOUBLE; run"),
        (TABLES | {"funnel": {"people": "BIGINT", "month": "DATE"}}, "funnel: columns in another order; run"),
        ({"funnel": TABLES["funnel"]}, "dim_kpi: without kpi; run"),
        (TABLES | {"new": {"a": "DATE"}}, "new: new a; run"),
    ],
)
def test_another_column_is_an_objection_until_it_has_a_version_and_a_line(
    path: Path, tables: dict[str, dict[str, str]], line: str
) -> None:
    (found,) = objections(tables, CHANGELOG, path)
    assert found.startswith(line)
    assert renew(tables, path) == 2
    assert objections(tables, CHANGELOG, path) == [
        "CHANGELOG.md: has no line 'Published schema 2: ...' that says what changed"
    ]
    assert objections(tables, CHANGELOG + "- Published schema 2: more.", path) == []
    # what is as it was keeps its number
    assert renew(tables, path) == 2


def test_a_file_edited_by_hand_needs_a_version(path: Path) -> None:
    known = json.loads(path.read_text())
    known["tables"]["funnel"]["people"] = "DOUBLE"
    path.write_text(json.dumps(known))
    assert objections(known["tables"], CHANGELOG, path) == [
        "published_schema.json: was edited without a new version; run `python -m warehouse.document`"
    ]


def test_the_committed_file_is_whole() -> None:
    """Without a build; tests/warehouse/test_document.py holds the publication against it."""
    known = committed()
    assert known["digests"][str(known["version"])] == digest(known["tables"])
    changelog = (PROJECT_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [version for version in known["digests"] if f"Published schema {version}:" not in changelog] == []

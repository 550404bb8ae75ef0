"""The rules of docs/architecture.md, held by reading the imports and files of the tree itself."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "alerts",
    "app",
    "bi",
    "cli",
    "dashboards",
    "ingestion",
    "orchestration",
    "quality",
    "refresh",
    "transform",
    "warehouse",
)

# package -> the packages of ours that it may import besides itself
ALLOWED = {
    "warehouse": set(),
    "ingestion": {"warehouse"},
    "transform": {"warehouse"},
    "quality": {"transform", "warehouse"},
    "dashboards": {"transform", "warehouse"},
    "app": {"dashboards", "transform", "warehouse"},
    "bi": {"dashboards", "transform", "warehouse"},
    "refresh": {"dashboards", "ingestion", "quality", "transform", "warehouse"},
    "alerts": {"ingestion", "transform", "warehouse"},
    "orchestration": {"alerts", "dashboards", "ingestion", "quality", "refresh", "transform", "warehouse"},
    "cli": {"alerts", "app", "bi", "dashboards", "ingestion", "quality", "refresh", "transform", "warehouse"},
}

# third-party package -> where alone it may be imported
CONFINED = {
    "apprise": ("alerts/services.py",),
    "dagster": ("orchestration/",),
    "dagster_dbt": ("orchestration/",),
    "dagster_dlt": ("orchestration/",),
    "great_expectations": ("quality/gx.py",),
    "metricflow": ("transform/kpi/compiler.py",),
    "metricflow_semantics": ("transform/kpi/compiler.py",),
    "dlt": ("ingestion/",),
    "dbt": ("transform/",),
    "dash": ("app/",),
    "plotly": ("app/", "dashboards/"),
    "psycopg": ("warehouse/postgres.py", "warehouse/postgres_tables.py"),
    "vizro": ("app/",),
    "xlsxwriter": ("warehouse/workbook.py",),
}

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def python_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "target" not in path.parts)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def layer_violations(relative: str, imported: set[str]) -> list[str]:
    package = relative.split("/", 1)[0]
    return [
        f"{relative} imports {name}"
        for name in sorted(imported)
        if (top := name.split(".")[0]) in PACKAGES and top != package and top not in ALLOWED[package]
    ]


def confinement_violations(relative: str, imported: set[str]) -> list[str]:
    return [
        f"{relative} imports {name}"
        for name in sorted(imported)
        if (places := CONFINED.get(name.split(".")[0])) and not relative.startswith(places)
    ]


def test_layers_import_only_what_lies_below_them() -> None:
    found = [
        violation
        for path in python_files()
        for violation in layer_violations(path.relative_to(ROOT).as_posix(), imports(path))
    ]
    assert found == []


def test_engines_are_imported_only_where_they_belong() -> None:
    found = [
        violation
        for path in python_files()
        for violation in confinement_violations(path.relative_to(ROOT).as_posix(), imports(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("relative", "imported"),
    [
        ("ingestion/ga4/source.py", {"orchestration.definitions"}),
        ("warehouse/publish.py", {"quality.gate"}),
        ("quality/rules.py", {"ingestion.spec"}),
    ],
)
def test_a_planted_layer_defect_is_caught(relative: str, imported: set[str]) -> None:
    assert layer_violations(relative, imported)


def test_a_planted_engine_defect_is_caught() -> None:
    assert confinement_violations("quality/rules.py", {"great_expectations"})
    assert confinement_violations("refresh/run.py", {"dagster"})


def test_transform_outside_the_kpi_layer_does_not_know_it() -> None:
    for path in (ROOT / "transform").glob("*.py"):
        assert not any(name.startswith("transform.kpi") for name in imports(path)), path


def test_no_module_is_named_after_nothing() -> None:
    named = [path for path in python_files() if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES]
    assert named == []


def test_only_cadence_holds_cron_strings() -> None:
    cron = re.compile(r"""["'](?:[\d*/,-]+ ){4}[\d*/,A-Z-]+["']""")
    holders = {
        path.relative_to(ROOT).as_posix() for path in python_files() if cron.search(path.read_text(encoding="utf-8"))
    }
    assert holders <= {"orchestration/cadence.py"}


def test_every_source_folder_declares_itself_and_has_its_staging_mirror() -> None:
    for folder in sorted((ROOT / "ingestion").iterdir()):
        if not folder.is_dir() or folder.name in {"sandbox", "__pycache__"}:
            continue
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert "SPEC = SourceSpec(" in text, folder
        assert (folder / "README.md").exists(), folder
        assert (ROOT / "transform" / "models" / "staging" / folder.name).is_dir(), folder


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-bi.lock"])
def test_the_lock_is_exact_hashed_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9._-]+)==\S+", text, flags=re.MULTILINE | re.IGNORECASE)
    assert len(pins) > 100
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["app"], *extras["dev"]]
    names = {re.split(r"[\[<>=!;~ ]", item, maxsplit=1)[0].lower() for item in declared}
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith(" ")
    }
    assert names <= locked

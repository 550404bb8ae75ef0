"""The manifest of a version: what it is, which tables and columns it has, and a checksum of every file of it.

`serving/<run_id>/manifest.json`, for whoever copies a version elsewhere and for the way back to one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from warehouse.layout import PUBLISHED
from warehouse.schema import committed_version, tables_of

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


def write_manifest(built: duckdb.DuckDBPyConnection, database: Path, name: str, exports: Path) -> Path:
    """Write the manifest of the version `name` whose database `built` reads and whose other files lie in `exports`."""
    row = built.execute(
        "select run_id, published_at::varchar, data_through::varchar, checks_passed, checks_total "
        f"from {PUBLISHED}.publication"
    ).fetchone()
    assert row
    tables = {table: {"rows": _rows(built, table), "columns": columns} for table, columns in tables_of(built).items()}
    manifest = {
        "manifest_version": 1,
        "run_id": row[0],
        "published_at": row[1],
        "data_through": row[2],
        "checks_passed": row[3],
        "checks_total": row[4],
        "schema_version": committed_version(),
        "database": {"file": name, **_fingerprint(database)},
        "files": {
            path.relative_to(exports).as_posix(): _fingerprint(path)
            for path in sorted(exports.rglob("*.*"))
            if path.is_file()
        },
        "tables": tables,
    }
    path = exports / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return path


def differences(database: Path, exports: Path) -> list[str]:
    """What of a version is not as its manifest says, a line each; none where it has no manifest."""
    path = exports / MANIFEST
    if not path.exists():
        return []
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        expected = {database: manifest["database"]}
        expected |= {exports / name: fingerprint for name, fingerprint in manifest["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{path.name} cannot be read"]
    found = []
    for file, fingerprint in expected.items():
        if not file.exists():
            found.append(f"{file.name} is missing")
        elif file.stat().st_size != fingerprint["bytes"]:
            found.append(f"{file.name} has {file.stat().st_size} bytes, the manifest {fingerprint['bytes']}")
        elif _fingerprint(file)["sha256"] != fingerprint["sha256"]:
            found.append(f"{file.name} has another content than the manifest says (sha256)")
    return found


def _fingerprint(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _rows(built: duckdb.DuckDBPyConnection, table: str) -> int:
    row = built.execute(f'select count(*) from {PUBLISHED}."{table}"').fetchone()
    return int(row[0]) if row else 0

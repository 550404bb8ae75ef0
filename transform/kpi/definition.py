"""One text for all that decides how a KPI is worked out: its formula, the models behind it and their settings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

_VARIABLE = re.compile(r"""\bvar\(\s*['"](\w+)['"]""")
# What changes with every run and decides only how far a table reaches.
_NOT_A_SETTING = "as_of_date"
# dbt adds it to a Python model when it compiles the model, which not every build does.
_BY_COMPILING = ("macro.dbt.py_script_postfix",)


class Fingerprint(NamedTuple):
    """A digest of a metric's formula and of all code behind it, and the settings that this code reads, as JSON."""

    code_digest: str
    settings: str


class Definitions:
    """The fingerprints of the metrics of dbt's `manifest`, built with `variables`."""

    def __init__(self, manifest: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._nodes = {**manifest["nodes"], **manifest["semantic_models"], **manifest["metrics"]}
        self._macros = manifest["macros"]
        self._keys = {str(node["name"]): key for key, node in manifest["metrics"].items()}

    def of(self, metric: str) -> Fingerprint:
        """The fingerprint of `metric`; that of no code where the manifest does not know it."""
        texts: list[str] = []
        names: set[str] = set()
        seen: set[str] = set()
        waiting = [self._keys[metric]] if metric in self._keys else []
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            if macro := self._macros.get(key):
                texts.append(str(macro["macro_sql"]))
                names.update(_VARIABLE.findall(texts[-1]))
                waiting.extend(macro["depends_on"]["macros"])
            elif node := self._nodes.get(key):
                texts.append(_text(node))
                names.update(_VARIABLE.findall(node.get("raw_code") or ""))
                waiting.extend((*node["depends_on"].get("nodes", []), *node["depends_on"]["macros"]))
                waiting.extend(_BY_COMPILING if node.get("language") == "python" else ())
        settings = {name: self._variables[name] for name in names - {_NOT_A_SETTING} if name in self._variables}
        digest = hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()
        return Fingerprint(digest, orjson.dumps(settings, option=orjson.OPT_SORT_KEYS).decode())


def _text(node: Mapping[str, Any]) -> str:
    """What of a model, a semantic model or a metric decides a number; neither labels nor targets do."""
    kept = ("raw_code", "type", "type_params", "filter", "measures", "dimensions", "entities", "defaults")
    return orjson.dumps([node["unique_id"], {name: node.get(name) for name in kept}]).decode()

"""The fingerprint of what decides how a KPI is worked out."""

from __future__ import annotations

from typing import Any

from transform.kpi.definition import Definitions

POSTFIX = "macro.dbt.py_script_postfix"


def manifest(*, macros: list[str], postfix: str = "ref()") -> dict[str, Any]:
    """A metric on a Python model; `macros` are those that dbt says the model depends on."""
    model = {
        "unique_id": "model.fits",
        "name": "fits",
        "language": "python",
        "raw_code": "def model(dbt, session): ...",
        "depends_on": {"nodes": [], "macros": macros},
    }
    metric = {"unique_id": "metric.value", "name": "value", "depends_on": {"nodes": ["model.fits"], "macros": []}}
    return {
        "nodes": {"model.fits": model},
        "semantic_models": {},
        "metrics": {"metric.value": metric},
        "macros": {POSTFIX: {"macro_sql": postfix, "depends_on": {"macros": []}}},
    }


def test_a_python_model_has_one_fingerprint_whether_dbt_compiled_it_in_this_build_or_not() -> None:
    left_alone = Definitions(manifest(macros=[]), {}).of("value")
    assert left_alone == Definitions(manifest(macros=[POSTFIX]), {}).of("value")
    assert left_alone != Definitions(manifest(macros=[], postfix="other()"), {}).of("value")

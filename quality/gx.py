"""The judging process: `python -m quality.gx`. Great Expectations takes seconds to import, so it lives here alone.

It imports, waits, and answers each line of JSON on stdin (`{"database": path, "docs": folder, "checks": [...]}`) by a
line on stdout (a list of judgements). DuckDB answers the questions, on a database that is open, read-only, for that
time only; Great Expectations judges the answers, a suite a table, and writes Data Docs into `docs` where it is given.
It ends when stdin closes.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig

from quality.answers import Answer, ask, in_words
from quality.data_docs import make_offline, site

_SEVERITY = {"block": "critical", "warn": "warning"}
_EFFECT = {"block": "holds what rests on it", "warn": "is shown beside the numbers"}
_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 20}


def judge(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judge the checks of `job` on its DuckDB file; the file is closed again before this returns."""
    checks = job["checks"]
    answers = ask(Path(job["database"]), checks)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    docs = Path(job["docs"]) if job["docs"] else None
    if docs:
        for name in list(context.variables.data_docs_sites or {}):
            context.delete_data_docs_site(name)
        context.add_data_docs_site("checks", site(docs))
    source = context.data_sources.add_pandas("answers")
    verdicts: dict[str, bool] = {}
    asked = list(zip(checks, answers, strict=True))
    run = gx.RunIdentifier(run_name=job["run"], run_time=datetime.now(UTC))
    for table in sorted({check["table"] for check in checks}):
        own = [(check, answer) for check, answer in asked if check["table"] == table]
        verdicts |= _judge_table(context, source, table, own, run)
    if docs:
        context.build_data_docs(["checks"])
        make_offline(docs)
    return [
        {
            "name": check["name"],
            "passed": verdicts[check["name"]] and answer.error is None,
            "value": in_words(check, answer),
            "error": answer.error,
        }
        for check, answer in asked
    ]


def _judge_table(
    context: Any, source: Any, table: str, asked: Sequence[tuple[Mapping[str, Any], Answer]], run: Any
) -> dict[str, bool]:
    """Whether each check of one table passed, by its name."""
    batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("answers")
    suite = context.suites.add(
        gx.ExpectationSuite(name=table, expectations=[_expectation(check, answer) for check, answer in asked])
    )
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=table, data=batch, suite=suite))
    result = definition.run(batch_parameters={"dataframe": _frame(asked)}, result_format=_RESULT_FORMAT, run_id=run)
    return {
        str(one.expectation_config.kwargs["column"]): bool(one.success) for one in result.results
    }  # fmt: skip


def _frame(asked: Sequence[tuple[Mapping[str, Any], Answer]]) -> pd.DataFrame:
    """A column a check, filled up with NULL; a check that broke shows why in the place of a violation."""
    rows = max(1, *(len(answer.observed) for _, answer in asked)) if asked else 1
    columns = {}
    for check, answer in asked:
        seen = [f"could not run: {answer.error}"] if answer.error else list(answer.observed)
        # The pages take an unexpected value for HTML, and a campaign's name may be any.
        seen = [escape(one) if isinstance(one, str) else one for one in seen]
        is_text = bool(answer.error) or check["kind"] == "rows"
        columns[check["name"]] = pd.Series(seen + [None] * (rows - len(seen)), dtype=object if is_text else float)
    return pd.DataFrame(columns)


def _expectation(check: Mapping[str, Any], answer: Answer) -> Any:
    told = {
        "column": check["name"],
        "description": f"{check['limit']} ({_EFFECT[check['severity']]}; owner: {check['owner']}). "
        f"If not: {check['mend']}",
        "severity": _SEVERITY[check["severity"]],
    }
    limits = {"min_value": check["minimum"], "max_value": check["maximum"]}
    if answer.error is not None or check["kind"] == "rows":
        return gxe.ExpectColumnValuesToBeNull(**told)
    if check["kind"] == "number":
        return gxe.ExpectColumnMaxToBeBetween(**told, **limits)
    return gxe.ExpectColumnValuesToBeBetween(**told, **limits)


def main() -> None:
    """Answer jobs until stdin closes. GX prints at times: what it prints goes to stderr, answers to the real stdout."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.disable(logging.WARNING)
    for line in sys.stdin:
        answers.write(json.dumps(judge(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

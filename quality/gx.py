"""The judging process: `python -m quality.gx`. Great Expectations takes seconds to import, so it lives here alone.

It imports, waits, and answers each line of JSON on stdin (`{"database": path, "checks": [...]}`) by a line on stdout
(a list of judgements). The database is opened, read-only, for the time of one answer. It ends when stdin closes.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from duckdb_sqlalchemy import Dialect
from great_expectations.data_context.types.base import ProgressBarsConfig
from sqlalchemy import URL
from sqlalchemy.dialects import registry

_RESULT_FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["subject"]}


class GXDialect(Dialect):  # type: ignore[misc]
    """duckdb-sqlalchemy's dialect without transactions.

    Great Expectations hands the connection back before it fetches; DuckDB's rows live in the connection, and the
    rollback at its return would drop them. The database is open read-only, so there is nothing to begin or undo.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None: ...

    def do_rollback(self, dbapi_connection: Any) -> None: ...

    def do_commit(self, dbapi_connection: Any) -> None: ...


registry.register("duckdb.gx", "quality.gx", "GXDialect")


def judge(context: Any, database: str, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Judge `checks` on the DuckDB file `database`; the file is closed again before this returns."""
    url = URL.create("duckdb+gx", database=database).render_as_string(hide_password=False)
    source = context.data_sources.add_sql(
        "warehouse", connection_string=url, kwargs={"connect_args": {"read_only": True}}
    )
    try:
        return [_judge_one(source, check) for check in checks]
    finally:
        engines = [source.get_engine(), source.get_execution_engine().engine]
        context.data_sources.delete("warehouse")
        for engine in engines:
            engine.dispose()


def _judge_one(source: Any, check: dict[str, Any]) -> dict[str, Any]:
    try:
        # The alias keeps GX from adding its own to a query that ends in one.
        asset = source.add_query_asset(check["name"], query=f"select * from ({check['query']}) as asked")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        result = batch.validate(_expectation(check), result_format=_RESULT_FORMAT)
    except Exception as error:
        return _broken(check, str(error))
    raised = [entry for entry in _exceptions(result.exception_info) if entry.get("raised_exception")]
    if raised:
        return _broken(check, str(raised[0].get("exception_message")))
    return {"name": check["name"], "passed": bool(result.success), "value": _seen(check, result.result), "error": None}


def _expectation(check: dict[str, Any]) -> Any:
    limits = {"min_value": check["minimum"], "max_value": check["maximum"]}
    if check["kind"] == "number":
        return gxe.ExpectColumnMaxToBeBetween(column="value", **limits)
    if check["kind"] == "values":
        return gxe.ExpectColumnValuesToBeBetween(column="value", **limits)
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query="select subject from {batch} order by subject")


def _seen(check: dict[str, Any], result: dict[str, Any]) -> str:
    if check["kind"] == "number":
        return _with_unit(result.get("observed_value"), check["unit"])
    if check["kind"] == "values":
        wrong = result.get("unexpected_index_list") or []
        if not wrong:
            count = int(result.get("element_count") or 0)
            return "1 value" if count == 1 else f"{count} values"
        others = int(result.get("unexpected_count") or 1) - 1
        more = f" (+ {others} more)" if others else ""
        return f"{_number(wrong[0]['value'])} ({wrong[0]['subject']}){more}"
    count = int(result.get("observed_value") or 0)
    rows = result.get("details", {}).get("unexpected_rows") or []
    if not rows:
        return f"{count} rows"
    return f"1 row: {rows[0]['subject']}" if count == 1 else f"{count} rows, first: {rows[0]['subject']}"


def _number(value: Any) -> str:
    return "none" if value is None else f"{float(value):,.6g}" if abs(float(value)) < 1e6 else f"{float(value):,.0f}"


def _with_unit(value: Any, unit: str) -> str:
    return _number(value) if value is None or not unit else f"{_number(round(float(value), 1))} {unit}"


def _exceptions(info: dict[str, Any] | None) -> list[dict[str, Any]]:
    """GX gives one entry, or one a metric."""
    if not info:
        return []
    return [info] if "raised_exception" in info else [entry for entry in info.values() if isinstance(entry, dict)]


def _broken(check: dict[str, Any], message: str) -> dict[str, Any]:
    line = next((line.strip() for line in message.splitlines() if line.strip()), "no message")
    return {"name": check["name"], "passed": False, "value": "not known", "error": line}


def main() -> None:
    """Answer jobs until stdin closes. GX prints at times: what it prints goes to stderr, answers to the real stdout."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.disable(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for line in sys.stdin:
        job = json.loads(line)
        answers.write(json.dumps(judge(context, job["database"], job["checks"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

"""Every check of a run: derived from what sources and KPIs declare about themselves, and the business' own rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from quality.additivity import additivity_checks
from quality.business import business_checks
from quality.checks import Check
from quality.kpis import kpi_checks
from quality.money import EVERY_AMOUNT
from quality.sources import source_checks
from transform.kpi.registry import Registry
from warehouse.layout import MARTS


def derive_checks(
    connection: duckdb.DuckDBPyConnection, registry: Registry, as_of: datetime, zone: ZoneInfo
) -> list[Check]:
    """All checks for the warehouse that `connection` reads; `as_of` is now, `zone` that of the business's days."""
    tables = connection.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    known = {name for (name,) in tables}
    today = as_of.astimezone(zone).date()
    checks = [
        *source_checks(connection, as_of, zone.key),
        *(check for kpi in registry.kpis for check in kpi_checks(kpi, as_of, today)),
        *additivity_checks(registry),
        *business_checks(as_of, known),
    ]
    about = {EVERY_AMOUNT: _without_a_rate(connection)} if "marts.money_quarantine" in known else {}
    return [
        replace(check, rule=check.rule or check.name, about=check.about or about.get(check.name) or check.table)
        for check in checks
    ]


def _without_a_rate(connection: duckdb.DuckDBPyConnection) -> str:
    """The facts that lack an amount, because no exchange rate covers it."""
    found = connection.execute(f"select distinct fact from {MARTS}.money_quarantine order by fact").fetchall()
    return ",".join(f"{MARTS}.{fact}" for (fact,) in found)

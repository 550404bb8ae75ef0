from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingestion import pipeline
from ingestion.spec import Window
from tests.real.prepare import prepare
from warehouse.settings import Business, Settings, SourceSettings

REAL = Path(__file__).parents[2].parent / "shared" / "real"


def test_real_data_load_row_by_row(tmp_path: Path) -> None:
    if not REAL.exists():
        pytest.skip(f"the real data is not at {REAL}; tests/real/README.md says where it comes from")
    prepare(REAL, tmp_path / "inbox")
    source = SourceSettings(enabled=True, **{"folder": str(tmp_path / "inbox")})
    as_of = datetime(2026, 11, 23, 8, tzinfo=UTC)
    report = pipeline.load(
        "file_drop",
        Window(as_of.date(), as_of.date()),
        settings=Settings(
            home=tmp_path / "home",
            business=Business(time_zone="America/New_York", reporting_currency="USD"),
            sources={"file_drop": source},
        ),
        as_of=as_of,
        run_id="test",
    )
    assert (report.tables["crm_contacts"], report.tables["crm_deals"]) == (23_570, 69_659)
    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb"), read_only=True) as con:
        money = "sum(cast({} as decimal(18, 6))), count(*)"
        deals = con.execute(f"select {money.format('amount')} from raw_file_drop.crm_deals where is_won").fetchone()
        costs = con.execute(
            f"select file_name, currency_code, {money.format('cost')} from raw_file_drop.costs group by all order by 1"
        ).fetchall()
        quarantined = con.execute(
            "select file_name, field, "
            "case when reason like 'repeats%' then 'repeats' else split_part(reason, ';', 1) end as why, count(*) "
            "from raw_file_drop.quarantine group by all order by 4"
        ).fetchall()
    assert deals == (Decimal("2500315.63"), 69_659)
    assert costs == [
        ("costs_facebook.csv", "USD", Decimal("1273.15"), 233),
        ("costs_linkedin.csv", "AUD", Decimal("5872.501776"), 440),
    ]
    assert quarantined == [
        ("costs_linkedin.csv", "campaign", "repeats", 12),
        ("costs_linkedin.csv", "date", "is a period that ends before it starts", 477),
    ]

"""Forgetting people must not change what the business did: KPI values before and after, on the hand-made world."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from ingestion.privacy import keyed_hash
from refresh.forget import forget
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from tests.transform.kpi.conftest import FOCUS
from transform.build import build
from transform.kpi.registry import load_registry
from transform.kpi.store import compute
from warehouse.connection import writer
from warehouse.settings import Settings

# Anna's deals lie in the portal, with a second contact on one of them; Eve's lie in the portal and in a file.
_PEOPLE = {"anna@example.com": "501", "eve@example.com": "505"}
_OF_CUSTOMERS = (
    "orders", "revenue", "customers", "new_customers", "repeat_customers", "repeat_purchase_rate",
    "retained_customers", "retention_rate", "customer_acquisition_cost",
)  # fmt: skip


@pytest.fixture
def known(built: Built, spare: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The built world, in which Anna and Eve have addresses."""
    monkeypatch.setenv("PRIVACY__HASH_KEY", "a key of this test")
    with writer(spare) as connection:
        for email, contact in _PEOPLE.items():
            connection.execute(
                "update raw_hubspot.contacts set email_hash = ? where contact_id = ?", [keyed_hash(email), contact]
            )
        connection.execute("update raw_file_drop.crm_contacts set email_hash = ?", [keyed_hash("eve@example.com")])
    return spare.model_copy(update={"focus": FOCUS})


def kpis(settings: Settings) -> list[tuple[Any, ...]]:
    """The customers' KPIs in all periods."""
    with writer(settings) as connection:
        compute(connection, load_registry(settings), settings=settings, as_of=AS_OF, run_id="hand")
        return connection.execute(
            "select kpi, grain, period_start, value, numerator, denominator, null_reason from semantic.kpi_values "
            "where kpi in (select unnest(?)) and segment_dimension = '' order by all",
            [list(_OF_CUSTOMERS)],
        ).fetchall()


def orders(settings: Settings) -> list[tuple[Any, ...]]:
    """Each order with its number among the person's."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(
            "select order_id, order_number, is_first_purchase, revenue_amount from marts.fct_orders order by 1"
        ).fetchall()


def test_customers_and_revenue_count_as_before_when_people_are_forgotten(known: Settings) -> None:
    before = kpis(known), orders(known)
    assert {row[0] for row in before[0]} == set(_OF_CUSTOMERS)
    for email in _PEOPLE:
        assert forget(known, email)
    build(known, run_id="hand", as_of=AS_OF)
    assert (kpis(known), orders(known)) == before
    with duckdb.connect(str(known.warehouse), read_only=True) as connection:
        left = connection.execute(
            "select identifier_value from marts.bridge_person_identifier "
            "where identifier_value in ('501', '505', 'file_drop:X1') or (identifier_type = 'email_hash'"
            " and identifier_value not like 'forgotten-%')"
        ).fetchall()
    assert left == []

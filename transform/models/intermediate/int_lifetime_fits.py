"""How customers buy and what that is worth, month by month; the arithmetic is `transform.lifetime`."""

from datetime import date
from typing import Any

import orjson

from transform.lifetime.reporting import fit_row, months
from transform.lifetime.tables import complete_months, purchases_of

TYPES = {"date_day": "date", "fitted_through": "date", "refusal": "varchar"} | dict.fromkeys(
    ("customers", "repeat_customers", "customers_with_margin", "repeats"), "bigint"
)
COLUMNS = (
    "date_day", "fitted_through", "customers", "repeat_customers", "customers_with_margin", "refusal",
    "r", "alpha", "a", "b", "purchase_log_likelihood", "p", "q", "gamma", "margin_log_likelihood", "mean_margin",
    "repeats", "expected_repeats", "holdout_purchases", "holdout_expected_purchases",
)  # fmt: skip


def model(dbt: Any, session: Any) -> Any:
    """One row a complete month; the newest with a holdout."""
    wanted = complete_months(date.fromisoformat(dbt.config.get("as_of_date")))
    purchases = purchases_of(dbt.ref("int_customer_purchases"))
    rows = [
        fit_row(month, purchases, with_holdout=month.first_day == wanted[-1]) for month in months(purchases, wanted)
    ]
    columns = ", ".join(f"cast(item ->> '{name}' as {TYPES.get(name, 'double')}) as {name}" for name in COLUMNS)
    return session.sql(
        f"select {columns} from (select unnest(cast(? as json[])) as item)", params=[orjson.dumps(rows).decode()]
    )

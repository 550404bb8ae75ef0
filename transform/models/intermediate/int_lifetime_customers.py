"""What each customer is expected to buy in a year, by the fits of `int_lifetime_fits`."""

from typing import Any

import numpy as np

from transform.lifetime.reporting import customer_columns
from transform.lifetime.tables import models_of, purchases_of

EXPECTED = ("alive_probability", "expected_orders", "expected_margin")


def model(dbt: Any, session: Any) -> Any:
    """One row a complete month and customer; NULL where the fit of the month was refused."""
    purchases = purchases_of(dbt.ref("int_customer_purchases"))
    fits = dbt.ref("int_lifetime_fits").order("date_day")
    rows = [dict(zip(fits.columns, row, strict=True)) for row in fits.fetchall()]
    parts: list[dict[str, Any]] = [
        {"date_day": np.empty(0, dtype="datetime64[D]"), "person_number": np.empty(0, dtype=np.int64)}
        | {name: np.empty(0) for name in EXPECTED}
    ]
    for row in rows:
        columns = customer_columns(purchases.through(row["fitted_through"].toordinal()), *models_of(row))
        day = np.full(len(columns["person_number"]), np.datetime64(row["date_day"], "D"))
        parts.append({"date_day": day, **columns})
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    found["date_day"] = found["date_day"].astype("datetime64[us]")
    session.register("lifetime_customers", found)
    numbers = ", ".join(f"case when not isnan({name}) then {name} end as {name}" for name in EXPECTED)
    return session.sql(f"select cast(date_day as date) as date_day, person_number, {numbers} from lifetime_customers")

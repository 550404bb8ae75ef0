"""Amounts in many currencies and on many days, each with its worth in euros or the reason why it has none.

The rates are those that the ECB published (eurofxref-hist.csv); the parities those of Council Regulation 2866/98. Seen
from 2026-03-10, business day Europe/Berlin.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from tests.transform.hand_world import insert

# day, currency, units for one euro
PUBLISHED = (
    ("2006-12-29", "SIT", "239.64"),
    ("2008-12-31", "SKK", "30.126"),
    ("2010-12-30", "EEK", "15.6466"),
    ("2013-12-30", "LVL", "0.7028"),  # a rate before the end, which is not the parity
    ("2022-03-01", "RUB", "117.201"),  # the last one: the ECB suspended it
    ("2022-12-29", "HRK", "7.5365"),
    ("2022-12-30", "HRK", "7.5365"),
    ("2025-04-17", "USD", "1.136"),  # Maundy Thursday
    ("2025-04-22", "USD", "1.1476"),  # Easter Tuesday
    ("2025-12-31", "BGN", "1.9558"),
    ("2026-01-30", "USD", "1.1919"),  # a Friday
    ("2026-02-02", "USD", "1.184"),
    ("2026-02-03", "USD", "1.1801"),
    ("2026-02-02", "JPY", "183.59"),
)


@dataclass(frozen=True)
class Deal:
    """A won deal: its amount, and what it is worth in euros, or why that is unknown."""

    name: str
    day: str
    amount: str
    currency: str | None
    worth: str | None
    reason: str | None = None


DEALS = (
    # the reporting currency, to the last digit that fits
    Deal("in_euros", "2026-02-02", "123456789012.345678", "EUR", "123456789012.345678"),
    Deal("on_its_day", "2026-02-02", "118.40", "USD", "100"),
    Deal("on_a_saturday", "2026-01-31", "119.19", "USD", "100"),
    Deal("on_a_sunday", "2026-02-01", "119.19", "USD", "100"),
    Deal("on_good_friday", "2025-04-18", "113.60", "USD", "100"),
    Deal("on_easter_monday", "2025-04-21", "113.60", "USD", "100"),
    Deal("after_easter", "2025-04-22", "114.76", "USD", "100"),
    # 1000 / 183.59 = 5.446919...
    Deal("rounded", "2026-02-02", "1000", "JPY", "5.446920"),
    Deal("one_yen_back", "2026-02-02", "-1", "JPY", "-0.005447"),
    Deal("carried_seven_days", "2022-03-08", "117201", "RUB", "1000"),
    Deal("carried_no_further", "2022-03-09", "117201", "RUB", None, "rate_too_old"),
    # the kuna: the ECB's rate, carried over New Year's Eve, and the parity from the day on which Croatia joined
    Deal("kuna_last_rate", "2022-12-30", "753.65", "HRK", "100"),
    Deal("kuna_new_years_eve", "2022-12-31", "753.65", "HRK", "100"),
    Deal("kuna_parity", "2023-01-01", "753.45", "HRK", "100"),
    Deal("kuna_years_later", "2026-02-14", "753.45", "HRK", "100"),
    Deal("lev_last_rate", "2025-12-31", "195.58", "BGN", "100"),
    Deal("lev_parity", "2026-01-01", "195.583", "BGN", "100"),
    Deal("mark", "2001-06-15", "195.583", "DEM", "100"),
    Deal("lira", "1999-01-01", "193627", "ITL", "100"),
    Deal("drachma", "2001-01-01", "34075", "GRD", "100"),
    Deal("drachma_before", "2000-12-31", "34075", "GRD", None, "before_first_rate"),
    Deal("tolar_rate", "2006-12-31", "239.64", "SIT", "1"),
    Deal("tolar_parity", "2007-06-01", "23964", "SIT", "100"),
    Deal("koruna_rate", "2008-12-31", "30.126", "SKK", "1"),
    Deal("koruna_parity", "2020-02-29", "3012.6", "SKK", "100"),
    Deal("kroon_rate", "2010-12-31", "1564.66", "EEK", "100"),
    Deal("kroon_parity", "2011-01-02", "1564.66", "EEK", "100"),
    Deal("lats_rate", "2013-12-31", "70.28", "LVL", "100"),
    Deal("lats_parity", "2014-01-01", "70.2804", "LVL", "100"),
    Deal("litas_parity", "2015-01-01", "345.28", "LTL", "100"),
    Deal("mark_before_the_euro", "1998-12-31", "195.583", "DEM", None, "before_first_rate"),
    Deal("before_any_rate", "2025-04-16", "100", "USD", None, "before_first_rate"),
    Deal("of_no_country", "2026-02-02", "100", "XTS", None, "unknown_currency"),
    Deal("again_of_no_country", "2026-02-05", "50", "XTS", None, "unknown_currency"),
    Deal("without_currency", "2026-02-02", "100", None, None, "no_currency"),
)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the rates, the deals, and spend, cost and a web purchase with and without a rate."""
    insert(
        connection,
        "raw_fx_rates.ecb_rates",
        *({"date": day, "currency_code": currency, "rate": rate} for day, currency, rate in PUBLISHED),
    )
    for line, deal in enumerate(DEALS, start=2):
        insert(
            connection,
            "raw_file_drop.crm_deals",
            {"file_name": "crm_deals.csv", "line_number": line, "deal_id": deal.name, "contact_id": "C1",
             "closed_at": f"{deal.day} 11:00:00+00", "is_won": True, "amount": deal.amount,
             "currency_code": deal.currency, "gross_margin": "1.00" if deal.name == "of_no_country" else None},
        )  # fmt: skip
    # 23:30 in UTC on 1 February: half past midnight of the 2nd in Berlin, half past six in the evening in New York
    insert(
        connection,
        "raw_file_drop.crm_deals",
        {"file_name": "crm_deals.csv", "line_number": 90, "deal_id": "midnight", "contact_id": "C2",
         "closed_at": "2026-02-01 23:30:00+00", "is_won": True, "amount": "118.40", "currency_code": "USD"},
    )  # fmt: skip
    insert(
        connection,
        "raw_google_ads.customers",
        {"customer_id": "71", "currency_code": "USD", "time_zone": "America/New_York"},
        {"customer_id": "72", "currency_code": "XTS", "time_zone": "Pacific/Auckland"},
    )
    insert(
        connection,
        "raw_google_ads.campaign_daily",
        *(
            {"customer_id": account, "date": "2026-02-01", "campaign_id": account, "campaign_name": account,
             "advertising_channel_type": "SEARCH", "device": "DESKTOP", "ad_network_type": "SEARCH",
             "impressions": "1000", "clicks": "10", "cost_micros": "11919000", "conversions": 1.0,
             "conversions_value": 119.19}
            for account in ("71", "72")
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.costs",
        *(
            {"file_name": "costs.csv", "line_number": line, "date": "2026-02-02", "channel": "Agency",
             "campaign": "Retainer", "cost": "118.40", "currency_code": currency}
            for line, currency in ((2, "USD"), (3, "XTS"))
        ),
    )  # fmt: skip
    insert(
        connection,
        "raw_file_drop.budgets",
        {"file_name": "budgets.csv", "line_number": 2, "month": "2026-02-01", "channel": "Agency", "amount": "28.00",
         "currency_code": "XTS"},
    )  # fmt: skip
    for row, (currency, revenue, consent) in enumerate(
        (("USD", "59.20", "Yes"), ("XTS", "7.00", None), ("USD", "118.40", "No"))
    ):
        insert(
            connection,
            "raw_ga4_export.events",
            {"property_id": "3", "event_date": "2026-02-02", "row_index": row, "stream_id": "1",
             "event_name": "purchase", "event_timestamp": 1770033600000000 + row, "transaction_id": f"T{row}",
             "analytics_storage": consent, "user_pseudo_id": "refused" if consent == "No" else "9.9",
             "purchase_revenue": revenue, "event_params":
             f'{{"ga_session_id": {{"int_value": "1"}}, "currency": {{"string_value": "{currency}"}}}}'},
        )  # fmt: skip

"""Rules about money: every amount is converted or told of, and marts hold what the platforms said."""

from __future__ import annotations

from collections.abc import Collection

from quality.checks import Check, literal

EVERY_AMOUNT = "every_amount_has_an_exchange_rate"
_QUARANTINE = "marts.money_quarantine"

# What each platform itself said was spent, in the account's currency: marts are held to it, account by account.
_SPEND_AS_RECEIVED = {
    "google_ads": (
        "raw_google_ads.campaign_daily",
        "select customer_id as account_id, cast(cost_micros as decimal(38, 6)) / 1000000 as spend "
        "from raw_google_ads.campaign_daily",
    ),
    "meta_ads": (
        "raw_meta_ads.campaign_daily",
        "select account_id, cast(spend as decimal(18, 6)) as spend from raw_meta_ads.campaign_daily",
    ),
}


def money_checks(tables: Collection[str]) -> list[Check]:
    """The rules; `tables` are the warehouse's (`schema.table`), for rules about one platform."""
    return [
        _every_amount_is_converted(),
        _rates_are_positive(),
        *(_spend_as_received(platform) for platform, (table, _) in _SPEND_AS_RECEIVED.items() if table in tables),
    ]


def _every_amount_is_converted() -> Check:
    """An order without a rate is in no fact and in no KPI: nobody may take that for an order that never was."""
    return Check(
        name=EVERY_AMOUNT,
        table=_QUARANTINE,
        kind="rows",
        query=f"""
            select concat_ws(' ', coalesce(currency_code, 'no currency'), min(date_day), 'to', max(date_day), fact,
                   measure, round(sum(amount_local), 2), 'in', count(*), 'rows,', reason || ':', min_by(mend, date_day))
                   as subject
            from {_QUARANTINE} group by currency_code, fact, measure, reason
            order by fact = 'fct_orders' desc, fact = 'fct_ad_spend' desc, sum(amount_local) desc, subject
        """,
        limit="no amount without a rate; such rows are in no mart and in no KPI",
        mend="`kpi quarantine --source money` shows each of them with its mend, then `kpi refresh`",
        owner="data",
    )


def _rates_are_positive() -> Check:
    return Check(
        name="spend_has_an_exchange_rate",
        table="marts.fct_ad_spend",
        kind="rows",
        query="select concat_ws(' ', currency_code, date_day) as subject from marts.fct_ad_spend "
        "where fx_rate is null or not fx_rate > 0 or spend_amount is null",
        limit="fx_rate > 0 on every row of spend",
        mend="reload the rates of that day: `kpi refresh --source fx_rates --from <day>`",
        owner="data",
    )


def _spend_as_received(platform: str) -> Check:
    table, received = _SPEND_AS_RECEIVED[platform]
    in_marts = (
        f"select account_id, spend_local as spend from marts.fct_ad_spend where platform = {literal(platform)} "
        f"union all select account_id, amount_local from {_QUARANTINE} "
        f"where source = {literal(platform)} and measure = 'spend'"
    )
    return Check(
        name=f"{platform}_spend_equals_what_was_received",
        rule="spend equals what was received",
        table="marts.fct_ad_spend",
        kind="rows",
        query=f"""
            select concat_ws(' ', 'account', account_id, 'marts', coalesce(m.spend, 0), 'received',
                   round(coalesce(r.spend, 0), 2)) as subject
            from (select account_id, sum(spend) as spend from ({received}) as wire group by account_id) as r
            full join (select account_id, sum(spend) as spend from ({in_marts}) as held group by account_id) as m
                using (account_id)
            where abs(coalesce(m.spend, 0) - coalesce(r.spend, 0)) >= 0.005
        """,
        limit=f"spend of each account in marts, and of what has no exchange rate, = in {table}, to the cent",
        mend="rebuild the marts from all that was received: `kpi refresh --source " + platform + "`",
        owner="data",
    )

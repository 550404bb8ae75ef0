"""Campaigns, ads, landing pages and leads: what a channel specialist turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.blocks.channels import Column, amount, cube_section, ratio
from dashboards.cubes import CAMPAIGNS, LANDING_PAGES, QUALITY
from dashboards.edition import Edition
from dashboards.section import Cell, Section, Table

DAYS = 90
# With so many visits and no lead the chance is below 5 % that the ad is as good as one in thirty.
_VISITS = 90
_ADS = f"""
with credited as (
    select ad_id, any_value(ad_name) as ad_name, any_value(campaign_name) as campaign_name,
           any_value(channel) as channel,
           sum(credited_conversions) filter (conversion_type = 'lead') as leads,
           sum(credited_conversions) filter (conversion_type = 'qualified_lead') as qualified,
           sum(credited_conversions) filter (conversion_type = 'first_purchase') as customers,
           cast(sum(credited_value) as double) as revenue
    from published.fct_attribution
    where model = ? and ad_id is not null and date_day > cast(? as date) - {DAYS} and date_day <= ?
    group by ad_id
),
visits as (
    select ad_id, any_value(ad_name) as ad_name, any_value(campaign_name) as campaign_name,
           any_value(channel) as channel, count(*) as visits
    from published.fct_customer_journey
    where touchpoint_type = 'session' and ad_id is not null and date_day > cast(? as date) - {DAYS} and date_day <= ?
    group by ad_id
)
select coalesce(v.ad_id, c.ad_id) as ad_id, coalesce(v.ad_name, c.ad_name) as ad_name,
       coalesce(v.campaign_name, c.campaign_name) as campaign_name, coalesce(v.channel, c.channel) as channel,
       coalesce(visits, 0) as visits, coalesce(leads, 0) as leads, coalesce(qualified, 0) as qualified,
       coalesce(customers, 0) as customers, coalesce(revenue, 0) as revenue
from visits as v full join credited as c using (ad_id)
order by visits desc, ad_id
"""


def campaign_table(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Each campaign's spend, clicks, leads and return, with a flag where money buys far fewer leads than elsewhere."""
    words = edition.words
    columns = (
        amount(edition, "spend", better="band"),
        {"key": "flag", "label": words.text("Waste"), "flag": True},
        amount(edition, "clicks"),
        ratio(edition, "click_through_rate"),
        ratio(edition, "cost_per_click"),
        amount(edition, "leads"),
        ratio(edition, "cost_per_lead"),
        amount(edition, "new_customers"),
        ratio(edition, "return_on_ad_spend"),
        ratio(edition, "platform_roas"),
    )
    note = words.text(
        "Whole weeks. A campaign is flagged where its money would have brought three leads or more at the price of all "
        "paid campaigns and brought none, or where it brought fewer than chance explains (two standard deviations)."
    )
    return cube_section(edition, CAMPAIGNS, words.text("Campaigns"), columns, options, note=note)


def landing_pages(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Visits, bounces and conversions by the page that a visit began on."""
    words = edition.words
    columns = (
        amount(edition, "landing_sessions"),
        amount(edition, "new_visitors"),
        ratio(edition, "bounce_rate"),
        ratio(edition, "pages_per_session"),
        ratio(edition, "landing_page_conversion_rate"),
    )
    return cube_section(
        edition, LANDING_PAGES, words.text("Landing pages"), columns, options, note=words.text("Whole weeks.")
    )


def lead_quality(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """What becomes of the leads of each channel."""
    words = edition.words
    columns = (
        amount(edition, "leads"),
        share(edition, words.text("Marketing qualified"), "marketing_qualified_leads", "leads"),
        share(edition, words.text("Sales qualified"), "sales_qualified_leads", "leads"),
        ratio(edition, "lead_to_customer_rate"),
        ratio(edition, "win_rate"),
    )
    note = words.text("Customers of leads that are old enough to have become one.")
    return cube_section(edition, QUALITY, words.text("Lead quality"), columns, options, note=note)


def share(edition: Edition, label: str, num: str, den: str) -> Column:
    """A column of a share that is no KPI of its own."""
    return {"key": f"{num}-{den}", "label": label, "unit": "ratio", "num": num, "den": den, "better": "up"}


def ads(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Ads of the last 90 days: their visits, and the conversions that they are credited with."""
    words, through = edition.words, edition.through
    model = edition.contents.business["attribution_model"]
    rows = edition.rows(_ADS, model, through, through, through, through)
    if not rows:
        return None
    lines = []
    for row in rows:
        flag: Cell | str = ""
        if row["visits"] >= _VISITS and not row["leads"]:
            flag = Cell(f"✕ {words.text('no leads')}", "bad")
        rate = row["leads"] / row["visits"] if row["visits"] else None
        lines.append(
            (
                str(row["ad_name"] or row["ad_id"]),
                str(row["campaign_name"] or ""),
                flag,
                words.whole(row["visits"]),
                words.decimal(row["leads"], 1),
                words.percent(rate),
                words.decimal(row["qualified"], 1),
                words.decimal(row["customers"], 1),
                words.money(row["revenue"]),
            )
        )
    names = (
        "Ad",
        "Campaign",
        "Waste",
        "Visits",
        "Leads",
        "Leads a visit",
        "Qualified",
        "Customers",
        "Attributed revenue",
    )
    table = Table(tuple(words.text(name) for name in names), lines, words=3)
    title = words.text("Ads, last {days} days", days=DAYS)
    note = words.text(
        "Credited by the {model} model. No platform tells its cost by ad here.", model=str(model).replace("_", " ")
    )
    return Section("ads", title, [table], note=note, width="full")

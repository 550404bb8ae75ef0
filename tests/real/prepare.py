"""Turns public real-world data into a file-drop folder; see README.md beside this file.

    python tests/real/prepare.py <folder with cdnow/ and facebook_linkedin/> <new inbox folder>

Values are passed on as they are. Where one contradicts itself it is written so that the load has to refuse it.
"""

from __future__ import annotations

import ast
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

COST_COLUMNS = ("date", "channel", "campaign", "cost", "currency", "clicks", "impressions")


def cdnow(real: Path) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """CDNOW_master.txt as contacts (created on the day of the first purchase) and as won deals, one a line."""
    contacts: dict[str, str] = {}
    deals: list[Sequence[str]] = []
    lines = (real / "cdnow" / "CDNOW_master.txt").read_text(encoding="ascii").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        customer, day, _discs, dollars = line.split()
        bought_on = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        contacts[customer] = min(bought_on, contacts.get(customer, bought_on))
        # The file has equal lines that are two purchases: only the line tells them apart.
        deals.append((f"cdnow-{number}", customer, bought_on, bought_on, "closedwon", "true", dollars, "USD"))
    return [(customer, first, "", "customer") for customer, first in contacts.items()], deals


def facebook(real: Path) -> Iterable[Sequence[str]]:
    """basic_ad.csv: one row a day, ad and record number, which together are the file's own key."""
    with (real / "facebook_linkedin" / "basic_ad.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            campaign = f"{row['ADSET_NAME']} / {row['AD_NAME']} {row['AD_ID']} / {row['_FIVETRAN_ID']}"
            clicks, impressions = row["INLINE_LINK_CLICKS"], row["IMPRESSIONS"]
            yield row["DATE"], "Paid Social", campaign, row["SPEND"], "USD", clicks, impressions


def linkedin(real: Path) -> Iterable[Sequence[str]]:
    """ad_analytics_by_campaign_daily.csv: the day is the record's start; a record that ends before it starts has none.

    Such a record is written as the period that it claims, which costs.csv does not take.
    """
    folder = real / "facebook_linkedin"
    names = {row["APP_IDENTIFIER"]: record["name"] for row, record in _records(folder / "campaigns.csv")}
    for _row, record in _records(folder / "ad_analytics_by_campaign_daily.csv"):
        start, end, campaign_id = record["start_date"], record["end_date"], str(record["campaign_id"])
        day = start if end >= start else f"{start}/{end}"
        campaign = f"{names[campaign_id]} / {campaign_id}"
        clicks, impressions = f"{record['clicks']:g}", f"{record['impressions']:g}"
        yield day, "Paid Social", campaign, repr(record["costInLocalCurrency"]), "AUD", clicks, impressions


def _records(path: Path) -> Iterable[tuple[dict[str, str], dict[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row, ast.literal_eval(row["RECORD_DATA"])


def prepare(real: Path, inbox: Path) -> None:
    """Write the four spreadsheets into `inbox`."""
    inbox.mkdir(parents=True, exist_ok=True)
    contacts, deals = cdnow(real)
    _write(inbox / "crm_contacts.csv", ("contact_id", "created_at", "email", "lifecycle_stage"), contacts)
    header = ("deal_id", "contact_id", "created_at", "closed_at", "stage", "is_won", "amount", "currency")
    _write(inbox / "crm_deals.csv", header, deals)
    _write(inbox / "costs_facebook.csv", COST_COLUMNS, facebook(real))
    _write(inbox / "costs_linkedin.csv", COST_COLUMNS, linkedin(real))


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} <folder with cdnow/ and facebook_linkedin/> <new inbox folder>")
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))

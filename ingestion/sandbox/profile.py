"""How this project is pointed at a sandbox: the environment, a service account's key, and an inbox of spreadsheets."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingestion.sandbox.control import DEFAULT_NOW, HUBSPOT_TOKEN, META_TOKEN
from ingestion.sandbox.google_token import TOKEN_PATH
from ingestion.sandbox.model import World
from ingestion.sandbox.social import followers, posts
from ingestion.sandbox.truth import first_purchases, won_deals
from ingestion.sandbox.world_catalog import MANAGER_ID, META, PROJECT_ID, PROPERTY_ID
from ingestion.sandbox.world_fx import CURRENCIES
from ingestion.sandbox.world_search import BRAND_PATTERN, SITE_URL
from warehouse.errors import ConfigurationError

CLIENT_EMAIL = f"pipeline@{PROJECT_ID}.iam.gserviceaccount.com"
HASH_KEY = "sandbox-hash-key-of-no-secret-value"
INBOX = "inbox"
_POST_COLUMNS = ("post_id", "published_at", "network", "likes", "comments", "shares", "saves", "reach", "views")


def sandbox_environment(base_url: str, home: Path, *, now: datetime = DEFAULT_NOW) -> dict[str, str]:
    """The variables that point every source at the sandbox at `base_url`, with state below `home`.

    Makes a service account's key on the first call and registers its public half with the sandbox.
    Raises ConfigurationError when no sandbox answers there.
    """
    base_url = base_url.rstrip("/")
    credentials = service_account(base_url, home / "sandbox" / "service-account.json")
    google = json.dumps(credentials)
    return {
        "KPI_HOME": str(home),
        "KPI_AS_OF": now.isoformat(),
        "PRIVACY__HASH_KEY": HASH_KEY,
        "BUSINESS__NAME": "Larkspur Office",
        "SOURCES__GA4__ENABLED": "true",
        "SOURCES__GA4__BASE_URL": base_url,
        "SOURCES__GA4__PROPERTY_ID": PROPERTY_ID,
        "SOURCES__GA4__CREDENTIALS": google,
        "SOURCES__GA4_EXPORT__ENABLED": "true",
        "SOURCES__GA4_EXPORT__BASE_URL": f"{base_url}/bigquery",
        "SOURCES__GA4_EXPORT__PROJECT_ID": PROJECT_ID,
        "SOURCES__GA4_EXPORT__PROPERTY_ID": PROPERTY_ID,
        "SOURCES__GA4_EXPORT__CREDENTIALS": google,
        "SOURCES__GOOGLE_ADS__ENABLED": "true",
        "SOURCES__GOOGLE_ADS__BASE_URL": base_url,
        "SOURCES__GOOGLE_ADS__LOGIN_CUSTOMER_ID": MANAGER_ID,
        "SOURCES__GOOGLE_ADS__CREDENTIALS": google,
        "SOURCES__META_ADS__ENABLED": "true",
        "SOURCES__META_ADS__BASE_URL": base_url,
        "SOURCES__META_ADS__ACCOUNT_IDS": META.account_id,
        "SOURCES__META_ADS__ACCESS_TOKEN": META_TOKEN,
        # The sandbox's report runs take no time: each look at one moves it on.
        "SOURCES__META_ADS__POLL_SECONDS": "0.01",
        "SOURCES__HUBSPOT__ENABLED": "true",
        "SOURCES__HUBSPOT__BASE_URL": base_url,
        "SOURCES__HUBSPOT__ACCESS_TOKEN": HUBSPOT_TOKEN,
        "SOURCES__SEARCH_CONSOLE__ENABLED": "true",
        "SOURCES__SEARCH_CONSOLE__BASE_URL": base_url,
        "SOURCES__SEARCH_CONSOLE__SITE_URL": SITE_URL,
        "SOURCES__SEARCH_CONSOLE__BRAND_PATTERN": BRAND_PATTERN,
        "SOURCES__SEARCH_CONSOLE__CREDENTIALS": google,
        "SOURCES__FX_RATES__ENABLED": "true",
        "SOURCES__FX_RATES__BASE_URL": base_url,
        "SOURCES__FX_RATES__CURRENCIES": ",".join(CURRENCIES),
        "SOURCES__FILE_DROP__ENABLED": "true",
        "SOURCES__FILE_DROP__FOLDER": str(home / INBOX),
    }


def service_account(base_url: str, key_file: Path) -> dict[str, str]:
    """A service account's key in Google's file format, kept in `key_file` and registered with the sandbox.

    Raises ConfigurationError when the sandbox does not answer.
    """
    token_uri = f"{base_url}{TOKEN_PATH}"
    if key_file.exists():
        credentials: dict[str, str] = json.loads(key_file.read_text(encoding="utf-8"))
        credentials["token_uri"] = token_uri
    else:
        credentials = {
            "type": "service_account",
            "project_id": PROJECT_ID,
            "private_key_id": "sandbox",
            "private_key": _new_private_key(),
            "client_email": CLIENT_EMAIL,
            "client_id": "100000000000000000001",
            "token_uri": token_uri,
        }
    key_file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as sink:
        json.dump(credentials, sink, indent=2)
    body = {"client_email": CLIENT_EMAIL, "public_key": _public_key(credentials["private_key"])}
    try:
        requests.post(f"{base_url}/__admin/service_accounts", json=body, timeout=30).raise_for_status()
    except requests.RequestException as error:
        raise ConfigurationError(
            f"sandbox: {base_url} does not answer ({type(error).__name__}); start it with `kpi sandbox serve`"
        ) from None
    return credentials


def _new_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public_key(private_key: str) -> str:
    key = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def write_inbox(world: World, folder: Path, *, now: datetime = DEFAULT_NOW) -> list[Path]:
    """The spreadsheets of the simulated business, up to `now`: costs, surveys, budgets, social posts and followers."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[str]]]] = {
        "costs.csv": (("date", "channel", "campaign", "cost", "currency", "clicks", "impressions"), _costs(world, now)),
        "surveys.csv": (("response_id", "submitted_at", "score", "email"), _surveys(world, now)),
        "budgets.csv": (("month", "channel", "amount", "currency"), _budgets(world)),
        "social_posts.csv": (_POST_COLUMNS, _posts(world, now)),
        "social_followers.csv": (
            ("date", "network", "followers"),
            [(day.isoformat(), network, str(count)) for day, network, count in followers(world, now)],
        ),
    }
    written = []
    for name, (header, rows) in tables.items():
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.writer(sink, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        written.append(path)
    return written


def inbox_costs(world: World, now: datetime = DEFAULT_NOW) -> dict[tuple[str, str], Decimal]:
    """(month, currency) -> the sum of costs.csv, for tests."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in _costs(world, now):
        key = (row[0][:7], row[4])
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row[3])
    return sums


def _first_days(world: World) -> list[date]:
    days = (world.start + timedelta(days=n) for n in range((world.today - world.start).days + 1))
    return [day for day in days if day.day == 1]


def _costs(world: World, now: datetime) -> list[tuple[str, ...]]:
    """An agency in euros, salaries in francs, a newsletter tool in dollars, two fairs, and a magazine's banner."""
    rows: list[tuple[str, ...]] = []
    for first in _first_days(world):
        rows.append((first.isoformat(), "Agency", "Retainer", "2400.00", "EUR", "", ""))
        rows.append((first.replace(day=2).isoformat(), "Email", "Newsletter tool", "189.00", "USD", "", ""))
        rows.append((first.replace(day=25).isoformat(), "Sales team", "Salaries", "4200.00", "CHF", "", ""))
        seen = 18_000 + 350 * first.month
        clicks = str(seen // 160)
        rows.append(
            (first.replace(day=15).isoformat(), "Display", "Magazine banner", "640.00", "EUR", clicks, str(seen))
        )
    rows.append(("2026-01-20", "Trade fair", "Cologne", "7850.50", "EUR", "", ""))
    rows.append(("2026-09-15", "Trade fair", "Zurich", "5120.00", "CHF", "", ""))
    until = now.date().isoformat()
    return sorted(row for row in rows if world.start.isoformat() <= row[0] < until)


def _surveys(world: World, now: datetime) -> list[tuple[str, ...]]:
    """The recommendation question, asked some weeks after a first purchase; every third customer answers."""
    rng = Random(f"{world.seed}/surveys")  # noqa: S311 - a simulation, no secret
    email = {contact.contact_id: contact.email for contact in world.contacts}
    rows = []
    for contact_id, bought in first_purchases(won_deals(world, now)).items():
        answered = bought + timedelta(days=21, hours=rng.randint(0, 200))
        score = rng.choices(range(11), (1, 0, 1, 1, 2, 4, 6, 12, 22, 27, 24))[0]
        if rng.random() < 0.35 and answered < now:
            rows.append((f"nps-{contact_id}", answered.isoformat(timespec="seconds"), str(score), email[contact_id]))
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _budgets(world: World) -> list[tuple[str, ...]]:
    plan = {"Paid Search": ("4100.00", "EUR"), "Cross-network": ("1400.00", "EUR"), "Paid Social": ("1600.00", "USD")}
    months = sorted({world.start.replace(day=1), *_first_days(world)})
    return [
        (month.strftime("%Y-%m"), channel, amount, currency)
        for month in months
        for channel, (amount, currency) in plan.items()
    ]


def _posts(world: World, now: datetime) -> list[tuple[str, ...]]:
    return [
        (
            post.post_id,
            post.published_at.isoformat(timespec="seconds"),
            post.network,
            *map(str, (post.likes, post.comments, post.shares, post.saves)),
            "" if post.reach is None else str(post.reach),
            "" if post.views is None else str(post.views),
        )
        for post in posts(world, now)
    ]

"""The entities of the simulated Google Ads accounts as rows by field name: customers, campaigns, clicks, actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from ingestion.sandbox.model import Account, Campaign, Click, World

DISABLED_ACCOUNT = Account("google_ads", "2000000009", "Larkspur Old", "EUR", "Europe/Berlin")
SUB_MANAGER = Account("google_ads", "1000000002", "Larkspur Regions", "EUR", "Europe/Berlin")
Action = Literal["lead", "purchase", "download"]
ACTIONS: dict[Action, dict[str, Any]] = {
    "lead": {"id": 900001, "name": "Lead form", "category": "SUBMIT_LEAD_FORM", "type": "WEBPAGE", "primary": True},
    "purchase": {"id": 900002, "name": "Closed deal", "category": "PURCHASE", "type": "UPLOAD_CLICKS", "primary": True},
    "download": {"id": 900003, "name": "Brochure", "category": "DOWNLOAD", "type": "WEBPAGE", "primary": False},
}
LOOKBACK_DAYS = {"lead": 30, "purchase": 90, "download": 30}
NETWORKS = {"SEARCH": "SEARCH", "PERFORMANCE_MAX": "MIXED", "DISPLAY": "CONTENT", "VIDEO": "YOUTUBE"}
COUNTRIES = {
    "AT": (2040, "Austria"),
    "FR": (2250, "France"),
    "DE": (2276, "Germany"),
    "IT": (2380, "Italy"),
    "CH": (2756, "Switzerland"),
}


def client_rows(world: World, manager: Account) -> Iterator[dict[str, Any]]:
    """Rows of `customer_client` on a manager: itself at level 0, and every account below it, once for each path to it.

    The delivering accounts hang below a second manager too, which the first one holds.
    """
    accounts = google_accounts(world)
    below = [(1, account) for account in accounts]
    if manager != SUB_MANAGER:
        below += [(1, DISABLED_ACCOUNT), (1, SUB_MANAGER), *((2, account) for account in accounts)]
    for level, account in ((0, manager), *below):
        values = {
            "resource_name": f"customers/{manager.account_id}/customerClients/{account.account_id}",
            "id": int(account.account_id),
            "client_customer": f"customers/{account.account_id}",
            "level": level,
            "manager": account in (manager, SUB_MANAGER),
            "status": "CANCELED" if account is DISABLED_ACCOUNT else "ENABLED",
            "hidden": False,
            "test_account": False,
            "descriptive_name": account.name,
            "currency_code": account.currency,
            "time_zone": account.time_zone,
        }
        row = customer_row(manager, is_manager=True)
        yield row | {f"customer_client.{key}": value for key, value in values.items()}


def google_accounts(world: World) -> list[Account]:
    """The client accounts that deliver."""
    return [account for account in world.accounts if account.platform == "google_ads"]


def manager_account(world: World) -> Account:
    """The manager above the client accounts."""
    return Account("google_ads", world.manager_id, "Larkspur Group", "EUR", "Europe/Berlin")


def geo_rows() -> Iterator[dict[str, Any]]:
    """Rows of `geo_target_constant`: the countries that clicks name."""
    for code, (number, name) in COUNTRIES.items():
        yield {
            "geo_target_constant.resource_name": f"geoTargetConstants/{number}",
            "geo_target_constant.id": number,
            "geo_target_constant.name": name,
            "geo_target_constant.country_code": code,
            "geo_target_constant.target_type": "Country",
            "geo_target_constant.status": "ENABLED",
        }


def customer_row(account: Account, *, is_manager: bool = False) -> dict[str, Any]:
    """The fields of `customer`."""
    name = f"customers/{account.account_id}"
    return {
        "customer.resource_name": name,
        "customer.id": int(account.account_id),
        "customer.descriptive_name": account.name,
        "customer.currency_code": account.currency,
        "customer.time_zone": account.time_zone,
        "customer.auto_tagging_enabled": True,
        "customer.manager": is_manager,
        "customer.test_account": False,
        "customer.status": "ENABLED",
        "customer.conversion_tracking_setting.google_ads_conversion_customer": name,
    }


def campaign_row(campaign: Campaign) -> dict[str, Any]:
    """The fields of `campaign`; one without a sub type has none."""
    return {
        "campaign.resource_name": f"customers/{campaign.account_id}/campaigns/{campaign.campaign_id}",
        "campaign.id": int(campaign.campaign_id),
        "campaign.name": campaign.name,
        "campaign.status": "ENABLED",
        "campaign.serving_status": "SERVING",
        "campaign.advertising_channel_type": campaign.channel_type,
        "campaign.bidding_strategy_type": "MAXIMIZE_CONVERSIONS",
    }


def conversion_action_rows(account: Account) -> Iterator[dict[str, Any]]:
    """Rows of `conversion_action`."""
    prefix = f"customers/{account.account_id}/conversionActions"
    for name, action in ACTIONS.items():
        values = {
            "resource_name": f"{prefix}/{action['id']}",
            "id": action["id"],
            "name": action["name"],
            "status": "ENABLED",
            "type": action["type"],
            "category": action["category"],
            "counting_type": "MANY_PER_CLICK" if name == "purchase" else "ONE_PER_CLICK",
            "primary_for_goal": action["primary"],
            "include_in_conversions_metric": action["primary"],
            "click_through_lookback_window_days": LOOKBACK_DAYS[name],
            "view_through_lookback_window_days": 1,
            "attribution_model_settings.attribution_model": "GOOGLE_ADS_LAST_CLICK",
            "value_settings.default_value": 0.0,
            "value_settings.default_currency_code": account.currency,
        }
        yield customer_row(account) | {f"conversion_action.{key}": value for key, value in values.items()}


def click_row(click: Click, campaign: Campaign) -> dict[str, Any]:
    """The fields of `click_view` and its ad group; Performance Max has neither ad group nor keyword."""
    root = f"customers/{click.account_id}"
    row: dict[str, Any] = {
        "click_view.resource_name": f"{root}/clickViews/{click.day.isoformat()}~{click.click_id}",
        "click_view.gclid": click.click_id,
        "click_view.page_number": 1,
        "segments.date": click.day.isoformat(),
        "segments.device": click.device.upper(),
        "segments.ad_network_type": NETWORKS.get(campaign.channel_type, "SEARCH"),
        "segments.click_type": "URL_CLICKS",
        "metrics.clicks": 1,
    }
    if click.country in COUNTRIES:
        row["click_view.location_of_presence.country"] = f"geoTargetConstants/{COUNTRIES[click.country][0]}"
    if campaign.channel_type != "PERFORMANCE_MAX":
        row |= {
            "ad_group.resource_name": f"{root}/adGroups/{campaign.ad_group_id}",
            "ad_group.id": int(campaign.ad_group_id),
            "ad_group.name": f"{campaign.name} group",
            "ad_group.status": "ENABLED",
            "ad_group.campaign": f"{root}/campaigns/{campaign.campaign_id}",
            "click_view.ad_group_ad": f"{root}/adGroupAds/{campaign.ad_group_id}~{campaign.ad_id}",
        }
    if campaign.keyword:
        row |= {
            "click_view.keyword": f"{root}/adGroupCriteria/{campaign.ad_group_id}~{campaign.ad_group_id}7",
            "click_view.keyword_info.text": campaign.keyword,
            "click_view.keyword_info.match_type": "PHRASE",
        }
    return row

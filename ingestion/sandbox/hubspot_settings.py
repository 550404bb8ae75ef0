"""What a HubSpot portal is set up with: pipelines, properties, owners and the account's own facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.sandbox.hubspot_catalog import (
    CUSTOM,
    PIPELINE_ID,
    PORTAL_ID,
    PROPERTIES,
    SINGULAR,
    STAGE_PROPERTIES,
    ObjectType,
)
from ingestion.sandbox.hubspot_objects import stamp
from ingestion.sandbox.model import World

TIME_ZONE = "Europe/Berlin"
COMPANY_CURRENCY = "EUR"


def pipelines(world: World, kind: str) -> dict[str, Any]:
    """The pipelines of deals; contacts have none. Flags and probabilities are strings."""
    times = _times(world)
    stages = [
        {
            "id": stage.stage_id,
            "label": stage.label,
            "displayOrder": stage.order,
            "metadata": {"isClosed": "true" if stage.is_closed else "false", "probability": stage.probability},
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            **times,
        }
        for stage in world.stages
    ]
    pipeline = {"id": PIPELINE_ID, "label": "Sales", "displayOrder": 0, "archived": False, "stages": stages, **times}
    return {"results": [pipeline] if kind == "deals" else []}


def properties(world: World, kind: ObjectType) -> dict[str, Any]:
    """The properties of one kind of object."""
    options = {
        "lifecyclestage": [(stage, stage.title()) for stage in ("subscriber", *STAGE_PROPERTIES)],
        "dealstage": [(stage.stage_id, stage.label) for stage in world.stages],
        "pipeline": [(PIPELINE_ID, "Sales")],
        "hubspot_owner_id": [(owner.owner_id, f"{owner.first_name} {owner.last_name}") for owner in world.owners],
    }
    return {
        "results": [
            {
                "name": name,
                "label": label,
                "type": form,
                "fieldType": field_type,
                "description": "",
                "groupName": f"{SINGULAR[kind]}information",
                "options": [
                    {"value": value, "label": text, "displayOrder": place, "hidden": False}
                    for place, (value, text) in enumerate(options.get(name, ()))
                ],
                "calculated": calculated,
                "externalOptions": name == "hubspot_owner_id",
                "hasUniqueValue": name in {"hs_object_id", "email"},
                "hidden": False,
                "hubspotDefined": name not in CUSTOM,
                "formField": not calculated,
                "archived": False,
                "dataSensitivity": "non_sensitive",
                **_times(world),
            }
            for name, (label, form, field_type, calculated) in PROPERTIES[kind].items()
        ]
    }


def owners(world: World, *, archived: bool, email: str | None = None) -> list[dict[str, Any]]:
    """The owners in order of their ids, live or archived."""
    return [
        {
            "id": owner.owner_id,
            "email": owner.email,
            "type": "PERSON",
            "firstName": owner.first_name,
            "lastName": owner.last_name,
            # A person who left keeps the id under the second name only.
            **({} if archived else {"userId": int(owner.owner_id) + 1_000_000}),
            "userIdIncludingInactive": int(owner.owner_id) + 1_000_000,
            "archived": archived,
            **_times(world),
        }
        for owner in sorted(world.owners, key=lambda owner: int(owner.owner_id))
        if owner.is_archived is archived and email in {None, owner.email}
    ]


def account(world: World, now: datetime) -> dict[str, Any]:
    """The account: currencies, and the zone in which its days begin."""
    offset = now.astimezone(ZoneInfo(TIME_ZONE)).utcoffset() or timedelta(0)
    hours = int(offset.total_seconds()) // 3600
    return {
        "portalId": PORTAL_ID,
        "accountType": "STANDARD",
        "timeZone": TIME_ZONE,
        "companyCurrency": COMPANY_CURRENCY,
        "additionalCurrencies": sorted({deal.currency for deal in world.deals} - {COMPANY_CURRENCY}),
        "utcOffset": f"{hours:+03d}:00",
        "utcOffsetMilliseconds": int(offset.total_seconds()) * 1000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }


def _times(world: World) -> dict[str, str]:
    midnight = datetime(world.start.year, world.start.month, world.start.day, tzinfo=ZoneInfo("UTC"))
    return {"createdAt": stamp(midnight), "updatedAt": stamp(midnight)}

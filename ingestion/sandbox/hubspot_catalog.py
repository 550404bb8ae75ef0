"""What the simulated portal knows of its objects: their properties, and the types of links between them."""

from __future__ import annotations

from typing import Literal, NamedTuple

ObjectType = Literal["contacts", "companies", "deals"]
PIPELINE_ID = "default"
PORTAL_ID = 145_000_001
STAGE_PROPERTIES = {
    "lead": "lead_at",
    "marketingqualifiedlead": "mql_at",
    "salesqualifiedlead": "sql_at",
    "opportunity": "opportunity_at",
    "customer": "customer_at",
}
KINDS: dict[str, ObjectType] = {
    "contacts": "contacts", "contact": "contacts", "0-1": "contacts",
    "companies": "companies", "company": "companies", "0-2": "companies",
    "deals": "deals", "deal": "deals", "0-3": "deals",
}  # fmt: skip
SINGULAR: dict[ObjectType, str] = {"contacts": "contact", "companies": "company", "deals": "deal"}
MODIFIED: dict[str, str] = {
    "contacts": "lastmodifieddate",
    "companies": "hs_lastmodifieddate",
    "deals": "hs_lastmodifieddate",
}
DEFAULT_PROPERTIES: dict[str, tuple[str, ...]] = {
    "contacts": ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
}
ALWAYS: dict[str, tuple[str, ...]] = {kind: ("createdate", name, "hs_object_id") for kind, name in MODIFIED.items()}
# Name -> (label, type, field type, is calculated).
_COMMON = {
    "createdate": ("Create Date", "datetime", "date", False),
    "hs_object_id": ("Record ID", "number", "number", False),
    "hs_merged_object_ids": ("Merged record IDs", "enumeration", "checkbox", False),
}
PROPERTIES: dict[str, dict[str, tuple[str, str, str, bool]]] = {
    "contacts": {
        **_COMMON,
        "lastmodifieddate": ("Last Modified Date", "datetime", "date", False),
        "email": ("Email", "string", "text", False),
        "hs_additional_emails": ("Additional email addresses", "enumeration", "select", False),
        "firstname": ("First Name", "string", "text", False),
        "lastname": ("Last Name", "string", "text", False),
        "country": ("Country/Region", "string", "text", False),
        "lifecyclestage": ("Lifecycle Stage", "enumeration", "radio", False),
        **{
            f"hs_v2_date_entered_{stage}": (f"Date entered {stage}", "datetime", "calculation_read_time", True)
            for stage in STAGE_PROPERTIES
        },
        "hs_google_click_id": ("Google ad click id", "string", "text", False),
        "hs_facebook_click_id": ("Facebook click id", "string", "text", False),
        "hs_analytics_source": ("Original Traffic Source", "enumeration", "select", False),
        "hs_analytics_source_data_1": ("Original Traffic Source Drill-Down 1", "string", "text", False),
        "hs_analytics_source_data_2": ("Original Traffic Source Drill-Down 2", "string", "text", False),
        "ga_client_id": ("GA client id", "string", "text", False),
        "office_size": ("Office size", "enumeration", "select", False),
        "desks_wanted": ("Desks wanted", "number", "number", False),
        "private_remark": ("Private remark", "string", "textarea", False),
    },
    "companies": {
        **_COMMON,
        "hs_lastmodifieddate": ("Last Modified Date", "datetime", "date", False),
        "name": ("Company name", "string", "text", False),
        "domain": ("Company Domain Name", "string", "text", False),
        "country": ("Country/Region", "string", "text", False),
        "industry": ("Industry", "enumeration", "select", False),
        "numberofemployees": ("Number of Employees", "number", "number", False),
        "lifecyclestage": ("Lifecycle Stage", "enumeration", "radio", False),
    },
    "deals": {
        **_COMMON,
        "hs_lastmodifieddate": ("Last Modified Date", "datetime", "date", False),
        "dealname": ("Deal Name", "string", "text", False),
        "dealstage": ("Deal Stage", "enumeration", "radio", False),
        "pipeline": ("Pipeline", "enumeration", "select", False),
        "amount": ("Amount", "number", "number", False),
        "deal_currency_code": ("Currency", "enumeration", "select", False),
        "closedate": ("Close Date", "datetime", "date", False),
        "hs_is_closed": ("Is Closed", "bool", "calculation_read_time", True),
        "hs_is_closed_won": ("Is Closed Won", "bool", "calculation_read_time", True),
        "hubspot_owner_id": ("Deal Owner", "enumeration", "select", False),
        "gross_margin": ("Gross margin", "number", "number", False),
    },
}
CUSTOM = frozenset({"ga_client_id", "gross_margin", "office_size", "desks_wanted", "private_remark"})


class LinkType(NamedTuple):
    """How one object is tied to another: the name in a list's reply, and the number in the associations'."""

    name: str
    type_id: int


# The first entry is the unlabelled type that every pair has, the second the one of a primary pair.
LINK_TYPES: dict[tuple[ObjectType, ObjectType], tuple[LinkType, ...]] = {
    ("deals", "contacts"): (LinkType("deal_to_contact", 3),),
    ("contacts", "deals"): (LinkType("contact_to_deal", 4),),
    ("contacts", "companies"): (LinkType("contact_to_company_unlabeled", 279), LinkType("contact_to_company", 1)),
    ("companies", "contacts"): (LinkType("company_to_contact_unlabeled", 280), LinkType("company_to_contact", 2)),
    ("deals", "companies"): (LinkType("deal_to_company_unlabeled", 341), LinkType("deal_to_company", 5)),
    ("companies", "deals"): (LinkType("company_to_deal_unlabeled", 342), LinkType("company_to_deal", 6)),
}

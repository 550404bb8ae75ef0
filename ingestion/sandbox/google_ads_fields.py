"""The Google Ads fields that the sandbox knows, the rules for combining them, and rows as the vendor's JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ingestion.sandbox.gaql import Query, QueryError, parse

FIELDS: dict[str, frozenset[str]] = {
    prefix: frozenset(f"{prefix}.{name}" for name in ("resource_name", *names.split()))
    for prefix, names in {
        "customer": "id descriptive_name currency_code time_zone auto_tagging_enabled manager test_account status "
        "conversion_tracking_setting.google_ads_conversion_customer",
        "customer_client": "id client_customer level manager status hidden test_account descriptive_name "
        "currency_code time_zone",
        "campaign": "id name status serving_status advertising_channel_type advertising_channel_sub_type "
        "bidding_strategy_type start_date end_date",
        "ad_group": "id name status type campaign",
        "ad_group_ad": "status ad.resource_name ad.id ad.type ad.final_urls",
        "ad_group_criterion": "criterion_id status keyword.text keyword.match_type",
        "keyword_view": "",
        "asset_group": "id name status campaign",
        "geographic_view": "country_criterion_id location_type",
        "click_view": "gclid ad_group_ad keyword keyword_info.text keyword_info.match_type page_number "
        "location_of_presence.country location_of_presence.city",
        "conversion_action": "id name status type category counting_type primary_for_goal "
        "include_in_conversions_metric click_through_lookback_window_days view_through_lookback_window_days "
        "attribution_model_settings.attribution_model value_settings.default_value "
        "value_settings.default_currency_code",
        "geo_target_constant": "id name country_code target_type status",
    }.items()
}
COUNT_METRICS = frozenset(
    f"metrics.{name}"
    for name in (
        "impressions",
        "clicks",
        "cost_micros",
        "interactions",
        "engagements",
        "view_through_conversions",
        "ctr",
        "average_cpc",
    )
)
# Of campaigns only, and not additive.
IMPRESSION_SHARE = "metrics.search_impression_share"
CONVERSION_METRICS = frozenset(
    f"metrics.{name}"
    for name in (
        "conversions",
        "conversions_value",
        "all_conversions",
        "all_conversions_value",
        "conversions_by_conversion_date",
        "conversions_value_by_conversion_date",
        "all_conversions_by_conversion_date",
        "all_conversions_value_by_conversion_date",
    )
)
METRICS = COUNT_METRICS | CONVERSION_METRICS
ACTION_SEGMENTS = frozenset(
    f"segments.{name}" for name in ("conversion_action", "conversion_action_name", "conversion_action_category")
)
REPORT_SEGMENTS = ACTION_SEGMENTS | {
    "segments.date",
    "segments.device",
    "segments.ad_network_type",
}
CLICK_SEGMENTS = frozenset({"segments.date", "segments.device", "segments.ad_network_type", "segments.click_type"})
ALL_FIELDS: frozenset[str] = (
    frozenset().union(*FIELDS.values()) | METRICS | {IMPRESSION_SHARE} | REPORT_SEGMENTS | CLICK_SEGMENTS
)

_REPORT = FIELDS["customer"] | METRICS | REPORT_SEGMENTS
_IN_CAMPAIGN = FIELDS["campaign"] | _REPORT
_IN_AD_GROUP = FIELDS["ad_group"] | _IN_CAMPAIGN

SELECTABLE: dict[str, frozenset[str]] = {
    "customer": _REPORT,
    "customer_client": FIELDS["customer_client"] | FIELDS["customer"],
    "campaign": _IN_CAMPAIGN | {IMPRESSION_SHARE},
    "ad_group": _IN_AD_GROUP,
    "ad_group_ad": FIELDS["ad_group_ad"] | _IN_AD_GROUP,
    "keyword_view": FIELDS["keyword_view"] | FIELDS["ad_group_criterion"] | _IN_AD_GROUP,
    "asset_group": FIELDS["asset_group"] | _IN_CAMPAIGN,
    "geographic_view": FIELDS["geographic_view"] | _IN_CAMPAIGN,
    "click_view": FIELDS["click_view"]
    | FIELDS["campaign"]
    | FIELDS["ad_group"]
    | FIELDS["customer"]
    | CLICK_SEGMENTS
    | {"metrics.clicks"},
    "conversion_action": FIELDS["conversion_action"] | FIELDS["customer"],
    "geo_target_constant": FIELDS["geo_target_constant"],
}


def validate(query: Query) -> None:
    """Raise QueryError, as the vendor does, where the query names unknown fields or combines them wrongly."""
    if query.resource not in SELECTABLE:
        raise QueryError(
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
            f"Error in FROM clause: invalid resource type: {query.resource}.",
            query.resource,
        )
    for field in query.fields:
        if field not in ALL_FIELDS:
            raise QueryError("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.", field)
        if field not in SELECTABLE[query.resource]:
            part = field.split(".")[0]
            code = {"metrics": "METRIC", "segments": "SEGMENT"}.get(part)
            raise QueryError(
                f"PROHIBITED_{code}_IN_SELECT_OR_WHERE_CLAUSE" if code else "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
                f"Cannot select or filter on the following fields: '{field}' when the FROM clause is {query.resource}.",
                field,
            )
    selected = set(query.select)
    if len(selected) < len(query.select):
        raise QueryError("PROHIBITED_FIELD_COMBINATION_IN_SELECT_CLAUSE", "The query selects a field twice.")
    for condition in query.where:
        field = condition.field
        if field.startswith("segments.") and field not in selected | {"segments.date"}:
            raise QueryError(
                "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
                f"The following field must be present in SELECT clause: '{field}'.",
                field,
            )
    prohibited = sorted(selected & COUNT_METRICS)
    if selected & ACTION_SEGMENTS and prohibited:
        raise QueryError(
            "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
            f"Cannot select or filter on the following metrics: '{prohibited[0]}', since the metric is incompatible "
            "with the resource in the FROM clause or other selected segmenting resources.",
            prohibited[0],
        )


def camel(field: str) -> str:
    """A field's name in JSON: `metrics.cost_micros` -> `metrics.costMicros`."""
    head, *words = field.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in words)


_FIELDS_OF_FIELDS = ("name", "category", "data_type", "selectable", "filterable", "sortable", "is_repeated")


def parse_fields_query(text: str) -> Query:
    """The query in `text`, which names no resource: it asks for the fields themselves. Raises QueryError."""
    head, where, tail = text.partition("WHERE")
    query = parse(f"{head} FROM google_ads_field {where}{tail}")
    for name in query.fields:
        if name not in _FIELDS_OF_FIELDS:
            raise QueryError("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{name}'.", name)

    def full(name: str) -> str:
        return f"google_ads_field.{name}"

    return replace(
        query,
        select=tuple(full(name) for name in query.select),
        where=tuple(replace(condition, field=full(condition.field)) for condition in query.where),
        order_by=tuple((full(name), descending) for name, descending in query.order_by),
    )


def field_rows() -> Iterator[dict[str, Any]]:
    """Rows of `google_ads_field`: what the sandbox knows to be selectable, with the vendor's names of types."""
    for name in sorted(ALL_FIELDS):
        part, _, rest = name.partition(".")
        is_double = name in CONVERSION_METRICS or name in {"metrics.ctr", "metrics.average_cpc", IMPRESSION_SHARE}
        kind = {True: "DOUBLE", False: "INT64"}[is_double] if part == "metrics" else "STRING"
        values = {
            "resource_name": f"googleAdsFields/{name}",
            "name": name,
            "category": {"metrics": "METRIC", "segments": "SEGMENT"}.get(part, "ATTRIBUTE"),
            "data_type": "DATE" if name == "segments.date" else "INT64" if rest.split(".")[-1] == "id" else kind,
            "selectable": True,
            "filterable": True,
            "sortable": True,
            "is_repeated": rest == "ad.final_urls",
        }
        yield {f"google_ads_field.{key}": value for key, value in values.items()}


class JsonRows:
    """Turns rows (flat, by GAQL name) into the vendor's JSON for one query.

    int64 become strings, doubles stay numbers, None is left out, and each touched resource brings its resourceName.
    """

    def __init__(self, query: Query) -> None:
        touched = {field.split(".")[0] for field in query.select} | {query.resource}
        names = {f"{prefix}.resource_name" for prefix in touched - {"metrics", "segments"}}
        if any(field.startswith("ad_group_ad.ad.") for field in query.select):
            names.add("ad_group_ad.ad.resource_name")
        self._paths = [(field, camel(field).split(".")) for field in sorted(names | set(query.select))]

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for field, path in self._paths:
            value = row.get(field)
            if value is None:
                continue
            if type(value) is int:
                value = str(value)
            inner = result
            for step in path[:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = value
        return result

"""Rules about what platforms claim: whatever is between a claim and the number to defend has a name."""

from __future__ import annotations

from quality.checks import Check

_CAUSES = "marts.reconciliation_causes"


def reconciliation_checks() -> list[Check]:
    """The rules."""
    return [_causes_add_up()]


def _causes_add_up() -> Check:
    return Check(
        name="causes_add_up_to_the_gap",
        table=_CAUSES,
        kind="rows",
        query=f"""
            select concat_ws(' ', week, channel, platform, 'gap', coalesce(w.conversions, 0), 'and',
                   coalesce(w.amount, 0), 'causes', coalesce(c.conversions, 0), 'and', coalesce(c.amount, 0)) as subject
            from (select week, channel, platform, gap_conversions as conversions, gap_revenue_amount as amount
                  from marts.reconciliation_weekly where gap_conversions is not null) as w
            full join (select week, channel, platform, sum(conversions) as conversions, sum(revenue_amount) as amount
                       from {_CAUSES} group by week, channel, platform) as c using (week, channel, platform)
            where coalesce(w.conversions, 0) <> coalesce(c.conversions, 0)
                or coalesce(w.amount, 0) <> coalesce(c.amount, 0)
        """,
        limit="the causes of each week, channel and platform = claimed less defended, to the last digit",
        mend="a fault of the reconciliation: report it, and publish again once it is mended",
        owner="data",
    )

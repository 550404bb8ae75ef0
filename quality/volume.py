"""Whether a source sent as much as it usually does on that day of the week."""

from __future__ import annotations

from quality.checks import Check, literal
from warehouse.layout import OPS

# Eight weeks tell a weekday's level and outlive a holiday; the newest week is judged, so that a gap is told for a week.
_PROFILE_DAYS = 56
_JUDGED_DAYS = 7
_FEWEST_DAYS = 6
# Six robust deviations (median absolute deviation x 1.4826, as for a normal distribution) and most of the level: a
# paused campaign is no defect.
_DEVIATIONS = 6 * 1.4826
_SHARE = 0.6
_FEWEST_ROWS = 10


def volume(source: str) -> Check:
    """Rows of each table, account and day beside the median of the same weekday in the eight weeks before."""
    return Check(
        name=f"{source}_volume_is_usual",
        rule="volume of a source is usual",
        table=f"{OPS}.coverage",
        kind="rows",
        severity="warn",
        query=f"""
            with days as (
                select c.table_name, c.account_id, c.date_day, c.rows, isodow(c.date_day) as weekday,
                       c.date_day > s.newest_data_day - {_JUDGED_DAYS} as is_judged
                from {OPS}.coverage as c join {OPS}.sources as s on s.source = c.source
                where c.source = {literal(source)} and c.date_day <= s.newest_data_day
                    and c.date_day > s.newest_data_day - {_JUDGED_DAYS + _PROFILE_DAYS}
            ),
            profile as (
                select table_name, account_id, weekday, median(rows) as usual, mad(rows) as spread, count(*) as days
                from days where not is_judged group by all
            ),
            steady as (
                select table_name, account_id, min(rows) > 0 as is_steady from days where not is_judged group by all
            )
            select concat_ws(' ', table_name, nullif(account_id, ''), date_day, rows, 'rows, usually', usual) as subject
            from days join profile using (table_name, account_id, weekday) join steady using (table_name, account_id)
            where is_judged and days >= {_FEWEST_DAYS} and (
                (usual > 0 and abs(rows - usual) > greatest({_DEVIATIONS} * spread, {_SHARE} * usual, {_FEWEST_ROWS}))
                -- a table that never had an empty day, nor nearly one
                or (rows = 0 and is_steady and usual > {_DEVIATIONS} * spread)
            )
        """,
        limit=f"as many rows as on the same weekday before: within {_SHARE:.0%} or six robust deviations of the median",
        mend=f"compare the day with the vendor; read it again by `kpi refresh --source {source} --from <day>`",
        owner="data",
    )

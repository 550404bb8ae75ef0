"""The Vizro app: a page for each page of dashboards/, and one of channels to filter.

Every look at a page asks for the data anew, so that a new publication is shown without a restart.
"""

from __future__ import annotations

from pathlib import Path

import dash_ag_grid
import pandas as pd
import plotly.graph_objects as go
import vizro.models as vm
from dash import html
from vizro import Vizro
from vizro.managers import data_manager
from vizro.models.types import capture

from app.components import section
from app.current import Current, View

_ASSETS = Path(__file__).resolve().parent / "assets"
_RATES = {"click_through_rate": ("clicks", "impressions"), "cost_per_lead": ("spend", "leads")}


def dashboard(current: Current) -> vm.Dashboard:
    """The pages and their figures, over what `current` reads. Raises ConfigurationError where nothing is published."""

    @capture("figure")  # type: ignore[untyped-decorator]
    def page(data_frame: pd.DataFrame, name: str) -> html.Div:
        view = current.view()
        return html.Div([_trust(view), *(section(one) for one in view.pages.get(name, []))], className="kpi-page")

    @capture("ag_grid")  # type: ignore[untyped-decorator]
    def by_channel(data_frame: pd.DataFrame) -> dash_ag_grid.AgGrid:
        table = sums_by_channel(data_frame)
        columns = [{"field": name, "headerName": name.replace("_", " ")} for name in table.columns]
        return dash_ag_grid.AgGrid(
            rowData=table.to_dict("records"), columnDefs=columns, defaultColDef={"minWidth": 130}
        )

    @capture("graph")  # type: ignore[untyped-decorator]
    def money(data_frame: pd.DataFrame) -> go.Figure:
        return money_by_week(data_frame)

    data_manager["publication"] = lambda: pd.DataFrame({"run_id": [current.view().contents.run_id]})
    data_manager["channels"] = lambda: current.view().channels
    pages = [
        vm.Page(
            id=f"page-{file.name}",
            title=current.view().words.text(file.spec.title),
            path="/" if not number else f"/{file.name}",
            components=[vm.Figure(figure=page(data_frame="publication", name=file.name))],
        )
        for number, file in enumerate(current.files())
    ]
    channels = vm.Page(
        id="page-by-channel",
        title="Channels by day",
        path="/by-channel",
        layout=vm.Flex(),
        components=[
            vm.Graph(figure=money(data_frame="channels")),
            vm.Table(figure=by_channel(data_frame="channels")),
        ],
        controls=[vm.Filter(column="channel"), vm.Filter(column="date_day")],
    )
    return vm.Dashboard(title=current.view().contents.business["name"], pages=[*pages, channels], theme="vizro_light")


def make(current: Current) -> Vizro:
    """The app, ready to be served; `app.dash.server` is its WSGI application."""
    Vizro._reset()
    return Vizro(assets_folder=str(_ASSETS)).build(dashboard(current))


def _trust(view: View) -> html.Div:
    contents = view.contents
    provisional = sum(not row["is_final"] for row in contents.scorecard)
    return html.Div(
        f"Data through {contents.data_through:%d %b %Y}; published {contents.published_at:%d %b %Y %H:%M} UTC; "
        f"{contents.checks_passed} of {contents.checks_total} checks passed; {provisional} KPIs provisional; "
        f"run {contents.run_id}",
        className="kpi-trust",
    )


def sums_by_channel(days: pd.DataFrame) -> pd.DataFrame:
    """By channel with the total: sums, and ratios of the sums."""
    sums = days.drop(columns="date_day").groupby("channel", as_index=False).sum()
    total = {"channel": "Total", **sums.drop(columns="channel").sum().to_dict()}
    table = pd.concat([sums, pd.DataFrame([total])], ignore_index=True)
    for name, (above, below) in _RATES.items():
        table[name] = (table[above] / table[below].where(table[below] != 0)).round(4)
    return table.round({"spend": 2, "revenue": 2})


def money_by_week(days: pd.DataFrame) -> go.Figure:
    """Whole weeks of the days chosen; one that is not over would look like a fall."""
    day = pd.to_datetime(days["date_day"])
    weeks = days.assign(week=day.dt.to_period("W").dt.start_time)
    is_whole = (weeks["week"] >= day.min()) & (weeks["week"] + pd.Timedelta(days=6) <= day.max())
    sums = weeks[is_whole].groupby("week")[["revenue", "spend"]].sum().reset_index()
    lines = [go.Scatter(x=sums["week"], y=sums[name], name=name) for name in ("revenue", "spend")]
    return go.Figure(lines, layout={"title": "Revenue and spend by week"})

"""One offline page per publication: everything it needs is in the one file, and it may ask nobody for more."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from dashboards.cards import Card, cards
from dashboards.charts import charts
from dashboards.reading import CHANNEL_DAYS, GAP_WEEKS, Contents, read
from dashboards.tables import channel_table, definition_table, gap_table, reconciliation_table
from warehouse.settings import Settings

HERE = Path(__file__).resolve().parent
STAGES = (
    ("awareness", "Awareness", "Do the right people find us?"),
    ("consideration", "Consideration", "Do they care?"),
    ("conversion", "Conversion", "Do they buy, and at what cost?"),
    ("loyalty", "Loyalty", "Do they stay?"),
)


def build(settings: Settings) -> list[Path]:
    """Write the page of the current publication to `dashboards/<run_id>/index.html`, and point `dashboards/index.html`
    at it; pages of publications that are gone go as well. Returns the files to look at.

    Raises ConfigurationError when there is no publication.
    """
    contents = read(settings.publication)
    folder = settings.dashboards / contents.run_id
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    docs = settings.data_docs(contents.run_id)
    _write(page, render(contents, docs=(docs / "index.html").exists()))
    index = _point_at(settings, contents.run_id)
    _prune(settings, contents.run_id)
    return [index, page]


def go_back(settings: Settings, run_id: str) -> list[Path]:
    """Point `dashboards/index.html` at the page that publication `run_id` came with. Returns the files to look at.

    A page is written where there is none. Raises ConfigurationError when there is no publication.
    """
    page = settings.dashboards / run_id / "index.html"
    return [_point_at(settings, run_id), page] if page.exists() else build(settings)


def _point_at(settings: Settings, run_id: str) -> Path:
    """Make the index and `checks` those of the run."""
    index = settings.dashboards / "index.html"
    docs = settings.data_docs(run_id)
    _point(settings.dashboards / docs.name, docs)
    _point(index, settings.dashboards / run_id / "index.html")
    return index


def _point(link: Path, target: Path) -> None:
    """Make `link` name `target`, in one step."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.relative_to(link.parent))
    fresh.replace(link)


def render(contents: Contents, *, docs: bool = False) -> str:
    """The page as text, with a link to the gate's Data Docs in `checks/` where there are `docs`.

    It holds no secret and no person's data: the publication has none.
    """
    currency = contents.business["reporting_currency"]
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = cards(contents, currency)
    drawn = charts(contents, currency)
    scripts = {"plotly": get_plotlyjs(), "page": (HERE / "page.js").read_text(encoding="utf-8")}
    return environment.get_template("page.html.j2").render(
        policy=_policy(scripts.values()),
        scripts={name: Markup(text) for name, text in scripts.items()},  # noqa: S704  (ours, and Plotly's own)
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        business=contents.business,
        contents=contents,
        docs=docs,
        stages=_stages(shown),
        provisional=[card for card in shown if card.is_provisional],
        late=[source for source in contents.sources if not source["is_fresh"]],
        charts=drawn,
        figures=Markup(_data({chart.name: chart.figure for chart in drawn})),  # noqa: S704  (no '<' is left in it)
        channel_days=CHANNEL_DAYS,
        channels=channel_table(contents.channels, currency),
        reconciliation=reconciliation_table(contents.reconciliation, currency),
        gap_weeks=GAP_WEEKS,
        gaps=gap_table(contents.gaps, currency),
        definitions=definition_table(list(contents.definitions.values()), currency),
    )


def _stages(shown: list[Card]) -> list[dict[str, Any]]:
    """The stages in the order of the journey; one with many focus cards takes two columns."""
    found = []
    for name, title, question in STAGES:
        focus = [card for card in shown if card.stage == name and card.is_focus]
        others = [card for card in shown if card.stage == name and not card.is_focus]
        if focus or others:
            width = 2 if len(focus) > 2 else 1
            found.append({"title": title, "question": question, "focus": focus, "others": others, "width": width})
    return found


def _policy(scripts: Any) -> str:
    """A content security policy that lets just these scripts run, and nothing be asked of any other place."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a browser that reloads meanwhile sees the former page."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    os.replace(fresh, path)  # noqa: PTH105


def _prune(settings: Settings, current: str) -> None:
    for folder in settings.dashboards.iterdir():
        # The index is a link to a page, as is that of the checks; a folder without a page is what a killed run left.
        # A version that was written anew after its run (kpi forget) has a number behind the run's id.
        is_kept = any(settings.serving.glob(f"kpi.{folder.name}*.duckdb"))
        if folder.is_dir() and not folder.is_symlink() and folder.name != current and not is_kept:
            shutil.rmtree(folder)

"""Where the pages lie, and how readers come to all pages of one publication at once.

dashboards/<run_id>/   the pages of one publication
dashboards/current     names the folder of the newest; turning it is what flips every page in one step
dashboards/*.html ...  the addresses that stay: links through `current`
dashboards/assets/     scripts and styles by the hash of their content, shared by all versions
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from plotly.offline import get_plotlyjs

from warehouse.settings import Settings

HERE = Path(__file__).resolve().parent
CURRENT = "current"
ASSETS = "assets"
# Names in dashboards/ that no page may take.
RESERVED = frozenset({"index", "kpi", "kpis", "checks", CURRENT, ASSETS})


def write_assets(settings: Settings) -> dict[str, str]:
    """Write the scripts and styles that are not there yet. Returns where each lies, by its plain name."""
    folder = settings.dashboards / ASSETS
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, (hashed, content) in _assets().items():
        if not (folder / hashed).exists():
            write(folder / hashed, content)
        found[name] = f"{ASSETS}/{hashed}"
    return found


@lru_cache(maxsize=1)
def _assets() -> dict[str, tuple[str, str]]:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((HERE / ASSETS).iterdir())}
    texts["plotly.js"] = get_plotlyjs()
    return {name: (_hashed(name, text), text) for name, text in texts.items()}


def _hashed(name: str, text: str) -> str:
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.{suffix}"


def flip(settings: Settings, run_id: str) -> Path:
    """Make all pages those of the run, in one step. Returns the index.

    What is read meanwhile stays whole: a page holds its numbers itself, and its scripts are named by their content.
    """
    folder = settings.dashboards / run_id
    _point(folder / ASSETS, Path("..") / ASSETS)
    _point(settings.dashboards / CURRENT, Path(run_id))
    for entry in folder.iterdir():
        link = settings.dashboards / entry.name
        if entry.name != ASSETS and not entry.name.startswith("."):
            _point(link, Path(CURRENT) / entry.name)
    for link in settings.dashboards.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
    return settings.dashboards / "index.html"


def prune(settings: Settings, current: str) -> None:
    """Delete pages of publications that are gone, and what no page that is left refers to."""
    kept: set[str] = set()
    for folder in settings.dashboards.iterdir():
        if not folder.is_dir() or folder.is_symlink() or folder.name == ASSETS:
            continue
        # A version that was written anew after its run (kpi forget) has a number behind the run's id.
        if folder.name != current and not any(settings.serving.glob(f"kpi.{folder.name}*.duckdb")):
            shutil.rmtree(folder)
        elif (index := folder / "index.html").exists():
            kept |= set(re.findall(rf'"{ASSETS}/([\w.-]+)"', index.read_text(encoding="utf-8")))
    named = {hashed for hashed, _ in _assets().values()} | kept
    for asset in (settings.dashboards / ASSETS).iterdir():
        if asset.name not in named:
            asset.unlink()


def write(path: Path, text: str) -> None:
    """Whole or not at all: a browser that reloads meanwhile sees the former page."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    os.replace(fresh, path)  # noqa: PTH105


def write_pages(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Write each page to its place below `folder`; pages of an earlier try that are none any more go."""
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write(folder / path, text)
    for left in folder.rglob("*.html"):
        if left.relative_to(folder).as_posix() not in pages and "checks" not in left.relative_to(folder).parts:
            left.unlink()
    return [folder / path for path in pages]


def _point(link: Path, target: Path) -> None:
    """Make `link` name `target` (relative to the link's folder), in one step; as it is where it does already."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)

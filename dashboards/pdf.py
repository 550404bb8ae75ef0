"""Pages as PDF files, printed by the Chromium that is installed; there is no PDF library of our own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FOLDER = "pdf"
# Seconds after which a page that does not print is given up.
_PATIENCE = 120


def print_pages(settings: Settings, names: Sequence[str] = (), to: Path | None = None) -> list[Path]:
    """Print the current publication's pages `names` (such as `ceo` or `kpi/cost_per_lead`; all of the menu where none
    is named) to `to`, or to `dashboards/pdf/`. Returns the files.

    Raises ConfigurationError when no Chromium is installed, there are no pages yet, or a page is not known.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise ConfigurationError("chromium: is not installed; install the system's chromium package, then try again")
    index = settings.dashboards / "index.html"
    if not index.exists():
        raise ConfigurationError(f"{index}: there is no page yet; run `kpi refresh` or `kpi pages` first")
    pages = index.resolve().parent
    known = {
        path.relative_to(pages).with_suffix("").as_posix()
        for path in pages.rglob("*.html")
        if "checks" not in path.relative_to(pages).parts
    }
    for name in names:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=2)
            raise ConfigurationError(
                f"--page {name!r}: no such page; {'try ' + ' or '.join(close) if close else 'see `kpi pages --list`'}"
            )
    chosen = list(names) or sorted(name for name in known if "/" not in name)
    folder = to or pages / FOLDER
    made = [_print(browser, pages / f"{name}.html", folder / f"{name.replace('/', '-')}.pdf") for name in chosen]
    if to is None:
        from dashboards.site import flip

        flip(settings, pages.name)
    return made


def _print(browser: str, page: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        fresh = target.with_name(f".{target.name}.new")
        result = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={profile}",
                "--no-pdf-header-footer",
                # The charts are drawn before the paper is.
                "--virtual-time-budget=10000",
                f"--print-to-pdf={fresh}",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    if result.returncode or not fresh.exists():
        words = (result.stderr or "").strip().splitlines()
        raise ConfigurationError(f"{page}: {browser} did not print it: {words[-1] if words else 'it said nothing'}")
    fresh.replace(target)
    return target

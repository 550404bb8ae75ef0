"""Great Expectations' Data Docs without a network: the pages ask no other place for scripts, styles or pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
# Tags that fetch something when the page opens; a link that a person may follow stays.
_FETCHED = re.compile(
    r"<script\b[^>]*\bsrc=[^>]*>\s*</script>|<link\b[^>]*\bhref=[^>]*>|<img\b[^>]*\bsrc=\"?http[^>]*>", re.IGNORECASE
)
_FOOTER = re.compile(r"<footer>.*?</footer>", re.DOTALL)
_STYLED = re.compile(r"@font-face\s*\{.*?\}|url\(['\"]?http[^)]*\)", re.DOTALL)
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">"
)


def site(folder: Path) -> dict[str, Any]:
    """The configuration of a site in `folder`, without the hints of its makers."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


def make_offline(folder: Path) -> None:
    """Rewrite every page below `folder` so that it holds all that it needs; the policy in it refuses anything else."""
    style = (_HERE / "data_docs.css").read_text(encoding="utf-8")
    script = (_HERE / "data_docs.js").read_text(encoding="utf-8")
    for page in sorted(folder.rglob("*.html")):
        text = _STYLED.sub("", _FOOTER.sub("", _FETCHED.sub("", page.read_text(encoding="utf-8"))))
        head = f"{_POLICY}<style>{style}</style><script>{script}</script></head>"
        page.write_text(text.replace("</head>", head, 1), encoding="utf-8")
    for static in ("fonts", "images"):
        for path in (folder / "static" / static).rglob("*"):
            if path.is_file():
                path.unlink()

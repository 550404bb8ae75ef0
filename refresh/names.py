"""Names that a person may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(value: str, known: Iterable[str]) -> str:
    """The end of an error line: names that look like `value`, or all names where nothing does."""
    names = sorted(known)
    close = get_close_matches(value, names, n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names)}"

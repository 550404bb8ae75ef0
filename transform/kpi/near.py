"""The name that somebody may have meant."""

from __future__ import annotations

import difflib


def nearest(name: str, known: list[str]) -> str:
    """The end of an error line: the known name that looks like `name`, or all of them where none does."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"

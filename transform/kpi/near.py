"""The name that somebody may have meant."""

from __future__ import annotations

import difflib

# More names than these fill the screen and help nobody.
_SHOWN = 40


def nearest(name: str, known: list[str]) -> str:
    """The end of an error line: the known name that looks like `name`, or the first of all where none does."""
    near = difflib.get_close_matches(name, known, n=1)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known[:_SHOWN])}{more}"

"""What the page's script says around its filters."""

from __future__ import annotations

from dashboards.words import Words


def filter_words(words: Words) -> dict[str, str]:
    """The script's words, in the page's language."""
    text = words.text
    return {
        "absent": text("n/a"),
        "against": text("against"),
        "all": text("All together"),
        "campaign": text("Campaign"),
        "channel": text("Channel"),
        "compare": text("Compare with"),
        "country": text("Country"),
        "currency": text("Currency"),
        "custom": text("From … to …"),
        "dear_leads": text("few leads for the money"),
        "days": text("Last {n} days"),
        "every_campaign": text("All campaigns"),
        "every_channel": text("All channels"),
        "every_country": text("All countries"),
        "from": text("From"),
        "last_month": text("Last month"),
        "month": text("This month"),
        "name": text("Name"),
        "no_leads": text("no leads"),
        "none": text("Nothing"),
        "nothing": text("no whole week in these days"),
        "period": text("Period"),
        "points": text("pp"),
        "previous": text("The period before"),
        "reset": text("Reset"),
        "table": text("Table: {name}"),
        "to": text("To"),
        "unchanged": text("unchanged"),
        "unknown": text("nothing to compare with: the data begins later"),
        "unusual": text("Unusual"),
        "weeks": text("Last {n} weeks"),
        "year": text("A year before"),
    }

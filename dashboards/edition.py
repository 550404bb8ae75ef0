"""A publication in one language: what a section is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from dashboards.cards import Card, cards
from dashboards.reading import Contents, Row, rows
from dashboards.words import Words


@dataclass
class Edition:
    """The contents that all pages share, a way to ask the publication for more, and the language.

    `depth` is how many folders a page lies below the index: links are relative, so that pages open from a folder.
    """

    contents: Contents
    words: Words
    connection: duckdb.DuckDBPyConnection
    _asked: dict[tuple[str, tuple[Any, ...]], list[Row]] = field(default_factory=dict)
    _grouped: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    _cards: list[Card] | None = None
    cubes: dict[str, Any] = field(default_factory=dict)

    def in_language(self, language: str) -> Edition:
        """The same publication in another language; what was read is not read again."""
        return Edition(
            self.contents,
            Words(language, self.words.currency),
            self.connection,
            self._asked,
            self._grouped,
            cubes=self.cubes,
        )

    @property
    def through(self) -> date:
        """The newest day of the publication."""
        return self.contents.data_through

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query on the schema published, read once."""
        key = (query, values)
        if key not in self._asked:
            self._asked[key] = rows(self.connection, query, list(values))
        return self._asked[key]

    def grouped(self, query: str) -> dict[str, list[Row]]:
        """The rows of a query without values, by their column `kpi`."""
        if query not in self._grouped:
            found: dict[str, list[Row]] = {}
            for row in self.rows(query):
                found.setdefault(row["kpi"], []).append(row)
            self._grouped[query] = found
        return self._grouped[query]

    def cards(self) -> list[Card]:
        """The scorecard's cards, in its order."""
        if self._cards is None:
            self._cards = cards(self.contents, self.words)
        return self._cards

    def label(self, kpi: str) -> str:
        """The name for people of a KPI or metric, in the page's language."""
        definition = self.contents.definitions.get(kpi)
        return self.words.text(str(definition["label"])) if definition else kpi.replace("_", " ")

    def definition(self, kpi: str) -> Row:
        return self.contents.definitions.get(kpi, {})

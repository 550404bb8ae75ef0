"""What a page is made of: sections, each with parts that the template knows how to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dashboards.cards import Card

Figure = dict[str, Any]
Width = Literal["full", "half", "third", "two-thirds", "quarter"]


@dataclass(frozen=True)
class Cell:
    """A cell that is more than text: a `tone` (good, risk, bad, none), a link, a hint, a second line."""

    text: str
    tone: str = ""
    href: str = ""
    hint: str = ""
    more: str = ""


Row = tuple[str | Cell, ...]


@dataclass(frozen=True)
class Table:
    """Formatted cells; the first of a row names it, the first `words` columns are text. `totals` stand below a line."""

    kind: ClassVar[str] = "table"
    header: tuple[str, ...]
    rows: Sequence[Row]
    totals: Sequence[Row] = ()
    words: int = 1
    is_wordy: bool = False


@dataclass(frozen=True)
class Chart:
    """A Plotly figure; `label` says in a sentence what it shows, `table` holds the same numbers.

    Colours in the figure are names of CSS variables; the page's script puts in their values.
    """

    kind: ClassVar[str] = "chart"
    name: str
    label: str
    figure: Figure
    table: Table | None = None
    height: int = 320


@dataclass(frozen=True)
class Cards:
    """KPI cards; `stages` groups them by the customer journey."""

    kind: ClassVar[str] = "cards"
    cards: Sequence[Card]


@dataclass(frozen=True)
class Stages:
    """All cards, in the order of the customer journey."""

    kind: ClassVar[str] = "stages"
    stages: Sequence[dict[str, Any]]

    @property
    def columns(self) -> int:
        return sum(stage["width"] for stage in self.stages)


@dataclass(frozen=True)
class Note:
    """One thing to know: a title with a sign and a tone, then a sentence. `language` is that of the sentence."""

    text: str
    title: str = ""
    tone: str = "none"
    icon: str = ""
    more: str = ""
    language: str = ""


@dataclass(frozen=True)
class Notes:
    """A list of notes."""

    kind: ClassVar[str] = "notes"
    notes: Sequence[Note]


@dataclass(frozen=True)
class Fact:
    """A number in a row of them: name, value, a line below."""

    name: str
    value: str
    more: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True)
class Facts:
    """Numbers beside each other."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Bar:
    """How far something has come: shares of the bar's length, and the words beside it."""

    name: str
    value: str
    text: str
    reached: float
    expected: float | None = None
    tone: str = "none"
    status: str = ""
    icon: str = ""
    href: str = ""


@dataclass(frozen=True)
class Bars:
    """Bars below each other."""

    kind: ClassVar[str] = "bars"
    bars: Sequence[Bar]


@dataclass(frozen=True)
class CubeTable:
    """A table or chart that the browser makes from the sums of cube `cube`, and makes anew with each filter.

    `columns` are as the page's script takes them: key, label, unit, the sums `num` and `den`, `better`.
    """

    kind: ClassVar[str] = "cube"
    name: str
    cube: str
    title: str
    columns: Sequence[dict[str, Any]]
    shape: Literal["table", "trend"] = "table"
    options: dict[str, Any] = field(default_factory=dict)


Part = Table | Chart | Cards | Stages | Notes | Facts | Bars | CubeTable


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading; `note` stands below, in small type."""

    name: str
    title: str
    parts: Sequence[Part]
    summary: str = ""
    note: str = ""
    width: Width = "full"
    is_plain: bool = False
    """Without a panel around it."""

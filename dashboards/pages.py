"""Which pages there are and what stands on each: YAML files, ours and the organisation's.

title: Board
question: How did the quarter go?
audience: ceo
blocks:
  - block: cards
    kpis: [return_on_investment, retention_rate]
  - block: revenue
    width: half
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dashboards.blocks import BLOCKS
from dashboards.section import Width
from dashboards.site import RESERVED
from warehouse.errors import ConfigurationError

OURS = Path(__file__).resolve().parent / "layouts"
# The order of our own pages in the menu; those of the organisation follow, then the list of all KPIs.
_ORDER = ("index", "ceo", "marketing", "channels")
LAST = "kpis"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BlockSpec(_Strict):
    """A block of a page, and what it is to show."""

    block: str
    title: str | None = None
    width: Width | None = None
    kpis: str | tuple[str, ...] | None = None
    reader: Literal["ceo", "marketing_manager", "channel_specialist"] | None = Field(default=None, alias="for")
    alone: bool = False

    def options(self) -> dict[str, Any]:
        """What was set, by the names of the file."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value and name != "block"}


class PageSpec(_Strict):
    """A page as its file describes it."""

    title: str = Field(min_length=1)
    question: str = ""
    audience: Literal["", "ceo", "marketing_manager", "channel_specialist"] = ""
    blocks: tuple[BlockSpec, ...] = Field(min_length=1)


@dataclass(frozen=True)
class PageFile:
    """A page, its name (that of its file and address), and the file that it is from."""

    name: str
    spec: PageSpec
    path: Path


def load_pages(folder: Path | None, kpis: Iterable[str]) -> list[PageFile]:
    """Our pages and those in `folder`, in the order of the menu; one there of the same name replaces ours.

    Raises ConfigurationError with file, field, value and mend; `kpis` are the names that a file may use.
    """
    known = set(kpis)
    found = {page.name: page for page in (_read(path, set()) for path in sorted(OURS.glob("*.yml")))}
    for path in sorted(folder.glob("*.y*ml")) if folder and folder.is_dir() else ():
        page = _read(path, known)
        if page.name not in found and (page.name in RESERVED or not re.fullmatch("[a-z0-9][a-z0-9-]*", page.name)):
            raise ConfigurationError(f"{path}: {page.name!r} cannot name a page; use a-z, 0-9 and -, such as board.yml")
        found[page.name] = page
    rank = {name: place for place, name in enumerate(_ORDER)} | {LAST: 99}
    return sorted(found.values(), key=lambda page: (rank.get(page.name, 50), page.name))


def kpi_page(kpi: str, label: str, description: str) -> PageSpec:
    """The page of one KPI."""
    chosen = (kpi,)
    blocks = (
        BlockSpec(block="now", kpis=chosen),
        BlockSpec(block="history", kpis=chosen, width="two-thirds"),
        BlockSpec(block="trend", kpis=chosen, alone=True, width="full", title="Any period, channel and campaign"),
        BlockSpec(block="why", kpis=chosen),
        BlockSpec(block="parts", kpis=chosen),
        BlockSpec(block="meaning", kpis=chosen, width="two-thirds"),
        BlockSpec(block="restated", kpis=chosen, width="third"),
        BlockSpec(block="anomalies", kpis=chosen),
    )
    return PageSpec(title=label, question=description, blocks=blocks)


def _read(path: Path, known: set[str]) -> PageFile:
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: holds no page; write `title:` and `blocks:`, see docs/dashboards.md")
    try:
        spec = PageSpec.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {where} = {_shown(first)}: {_mend(first)}") from None
    for place, block in enumerate(spec.blocks, start=1):
        if block.block not in BLOCKS:
            raise ConfigurationError(f"{path}: blocks.{place}.block = {block.block!r}: {_near(block.block, BLOCKS)}")
        named = block.kpis if isinstance(block.kpis, tuple) else ()
        if known and (wrong := next((kpi for kpi in named if kpi not in known), None)):
            raise ConfigurationError(f"{path}: blocks.{place}.kpis = {wrong!r}: {_near(wrong, known)}")
    return PageFile(path.stem, spec, path)


def _shown(error: Any) -> str:
    return "missing" if error["type"] == "missing" else repr(error["input"])


def _mend(error: Any) -> str:
    if error["type"] == "missing":
        return "add it"
    if error["type"] == "extra_forbidden":
        allowed = BlockSpec if error["loc"][:1] == ("blocks",) else PageSpec
        names = [field.alias or name for name, field in allowed.model_fields.items()]
        return f"no such field; there are {', '.join(names)}"
    return f"{str(error['msg']).removeprefix('Input ')}; write another value"


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), n=3, cutoff=0.4)
    return f"is not known; {'did you mean ' + ' or '.join(close) + '?' if close else 'see docs/dashboards.md'}"

"""From sections to the text of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards.edition import Edition
from dashboards.filter_words import filter_words
from dashboards.pages import PageFile, PageSpec
from dashboards.section import Chart, CubeTable, Section
from dashboards.words import names_of_months

# Scripts and styles of this folder, and nothing of any other place. Plotly writes a style element of its own.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Address:
    """Where a page lies: `name` may lead into a folder (kpi/<kpi>); other languages lie in a folder of theirs."""

    name: str
    language: str
    main_language: str

    @property
    def path(self) -> str:
        """From the publication's folder."""
        folder = "" if self.language == self.main_language else f"{self.language}/"
        return f"{folder}{self.name}.html"

    @property
    def root(self) -> str:
        """From the page to the folder of the pages of its language."""
        return "../" * self.name.count("/")

    @property
    def base(self) -> str:
        """From the page to the publication's folder."""
        return "../" * self.path.count("/")

    def other(self, language: str) -> str:
        """From the page to itself in another language."""
        return self.base + Address(self.name, language, self.main_language).path


@dataclass(frozen=True)
class _Page:
    name: str
    title: str
    question: str
    question_language: str
    parent: str = ""
    filters: bool = False


class Renderer:
    """The template, and what all pages have in common; `assets` are the places of the scripts by plain name."""

    def __init__(
        self, assets: Mapping[str, str], files: Sequence[PageFile], languages: Sequence[str], *, has_docs: bool
    ) -> None:
        self.languages = list(languages)
        self._assets, self._files, self._has_docs = dict(assets), list(files), has_docs
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(
        self, edition: Edition, address: Address, spec: PageSpec, sections: Sequence[Section], *, parent: str = ""
    ) -> str:
        """The page as text. It holds no secret and no person's data: the publication has none."""
        words, contents = edition.words, edition.contents
        data = _data(edition, sections)
        question = words.text(spec.question)
        # What the publication says of a KPI is English in every language.
        is_english = question == spec.question and words.language != "en"
        return self._environment.get_template("page.html.j2").render(
            _=words.text,
            words=words,
            contents=contents,
            policy=POLICY,
            assets=self._assets,
            base=address.base,
            root=address.root,
            menu=[{"name": file.name, "title": words.text(file.spec.title)} for file in self._files],
            languages=[{"code": code, "href": address.other(code)} for code in self.languages],
            page=_Page(
                address.name,
                words.text(spec.title),
                question,
                "en" if is_english else "",
                parent,
                filters=bool(data["cubes"]),
            ),
            docs=self._has_docs,
            late=[source for source in contents.sources if not source["is_fresh"]],
            provisional=sum(not row["is_final"] for row in contents.scorecard),
            stale=sum(row["is_stale"] for row in contents.scorecard),
            sections=sections,
            data=data,
            json=Markup(_json(data)),  # noqa: S704  (no '<' is left in it)
        )


def _data(edition: Edition, sections: Sequence[Section]) -> dict[str, Any]:
    """What the page's scripts draw from."""
    words = edition.words
    parts = [part for section in sections for part in section.parts]
    views = [part for part in parts if isinstance(part, CubeTable)]
    used = [name for view in views for name in (view.cube, view.options.get("also"))]
    return {
        "locale": words.tag,
        "currency": words.currency,
        "months": names_of_months(words.language),
        "figures": {part.name: part.figure for part in parts if isinstance(part, Chart)},
        "cubes": {name: edition.cubes[name] for name in dict.fromkeys(used) if name},
        "words": filter_words(words) if views else {},
        "views": {
            view.name: {
                "cube": view.cube,
                "shape": view.shape,
                "title": view.title,
                "columns": view.columns,
                **view.options,
            }
            for view in views
        },
    }


def _json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")

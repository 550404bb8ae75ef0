"""The pages of a publication: made from it alone, in each language that is asked for, and flipped together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dashboards.blocks import BLOCKS
from dashboards.edition import Edition
from dashboards.pages import LAST, PageFile, PageSpec, kpi_page, load_pages
from dashboards.reading import contents_of
from dashboards.rendering import Address, Renderer
from dashboards.section import Section
from dashboards.site import flip, prune, write_assets, write_pages
from dashboards.words import Words
from warehouse.connection import reader
from warehouse.settings import Settings


def build(settings: Settings) -> list[Path]:
    """Write the pages of the current publication to `dashboards/<run_id>/`, and make `dashboards/` show them.

    Pages of publications that are gone go as well. Returns the files to look at: the index as readers find it, then
    the pages themselves. Raises ConfigurationError when there is no publication or a page's file is wrong.
    """
    with reader(settings.publication) as connection:
        contents = contents_of(connection, settings.publication)
        words = Words(settings.dashboard.language, contents.business["reporting_currency"])
        files = load_pages(settings.page_files, contents.definitions)
        edition = Edition(contents, words, connection)
        has_docs = (settings.data_docs(contents.run_id) / "index.html").exists()
        renderer = Renderer(write_assets(settings), files, settings.dashboard.all_languages, has_docs=has_docs)
        pages = dict(_pages(edition, files, renderer))
    written = write_pages(settings.dashboards / contents.run_id, pages)
    index = flip(settings, contents.run_id)
    prune(settings, contents.run_id)
    return [index, *written]


def go_back(settings: Settings, run_id: str) -> list[Path]:
    """Make `dashboards/` show the pages that publication `run_id` came with. Returns the files to look at.

    They are written where there are none. Raises ConfigurationError when there is no publication.
    """
    page = settings.dashboards / run_id / "index.html"
    return [flip(settings, run_id), page] if page.exists() else build(settings)


def _pages(edition: Edition, files: list[PageFile], renderer: Renderer) -> Iterator[tuple[str, str]]:
    """Each page's place below the publication's folder, and its text."""
    for language in renderer.languages:
        spoken = edition if language == edition.words.language else edition.in_language(language)
        for file in files:
            address = Address(file.name, language, renderer.languages[0])
            yield address.path, renderer.page(spoken, address, file.spec, sections(spoken, file.spec))
        for row in spoken.contents.scorecard:
            address = Address(f"kpi/{row['kpi']}", language, renderer.languages[0])
            spec = kpi_page(row["kpi"], row["label"], row["description"])
            yield address.path, renderer.page(spoken, address, spec, sections(spoken, spec), parent=LAST)


def sections(edition: Edition, spec: PageSpec) -> list[Section]:
    """The sections of a page, without those that the publication has nothing for."""
    found = []
    for block in spec.blocks:
        section = BLOCKS[block.block](edition, block.options())
        if section:
            title = edition.words.text(block.title) if block.title else section.title
            # A month begins with a small letter in French and Italian, a heading does not.
            title = title[:1].upper() + title[1:]
            found.append(replace(section, title=title, width=block.width or section.width))
    return found

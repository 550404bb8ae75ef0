"""The current publication as the app shows it: read when it changes, and never kept open."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dashboards.build import sections
from dashboards.edition import Edition
from dashboards.pages import PageFile, load_pages
from dashboards.reading import Contents, contents_of
from dashboards.section import Section
from dashboards.words import Words
from warehouse.connection import publication_reader
from warehouse.settings import Settings

# What the page of channels adds up; the app divides these sums, and never averages a rate.
_CHANNELS = """
select date_day, channel, spend_amount::double as spend, impressions, clicks, sessions, leads, new_customers,
       revenue_amount::double as revenue
from published.channel_daily
where date_day between $1::date - 400 and $1
order by date_day, channel
"""


@dataclass(frozen=True)
class View:
    """One publication: what its pages have in common, the sections of each, and days by channel."""

    contents: Contents
    words: Words
    pages: Mapping[str, list[Section]]
    channels: pd.DataFrame


class Current:
    """The newest version that the link names, in a language; safe to ask from several threads."""

    def __init__(self, settings: Settings, language: str) -> None:
        self._settings, self._language = settings, language
        self._lock = threading.Lock()
        self._version: Path | None = None
        self._view: View | None = None

    def view(self) -> View:
        """What is published now. Raises ConfigurationError where nothing is."""
        version = self._settings.publication.resolve()
        with self._lock:
            if self._view is None or version != self._version:
                self._view, self._version = self._read(), version
            return self._view

    def files(self) -> list[PageFile]:
        """The pages there are, ours and the organisation's."""
        return load_pages(self._settings.page_files, self.view().contents.definitions)

    def _read(self) -> View:
        with publication_reader(self._settings.publication) as connection:
            contents = contents_of(connection, self._settings.publication)
            words = Words(self._language, contents.business["reporting_currency"])
            edition = Edition(contents, words, connection)
            files = load_pages(self._settings.page_files, contents.definitions)
            pages = {file.name: sections(edition, file.spec) for file in files}
            channels = connection.execute(_CHANNELS, [contents.data_through]).df()
        return View(contents, words, pages, channels)

"""A place on disk for the pages of a day that is not complete yet: a big day weighs no more than a small one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pyarrow as pa


class Spool:
    """Takes pages and gives them back in order; the file is gone when the last one was given."""

    def __init__(self) -> None:
        self.rows = 0
        self.without_consent = 0
        self._file = tempfile.TemporaryFile(prefix="ga4_export-")  # noqa: SIM115 - closed by pages()
        self._writer: Any = None

    def add(self, page: pa.Table) -> None:
        """Put a page behind the others. Raises OSError where the disk is full."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, page.schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
        self._writer.write_table(page)
        self.rows += page.num_rows
        self.without_consent += page["user_pseudo_id"].null_count

    def pages(self) -> Iterator[pa.Table]:
        """All pages; once."""
        with self._file:
            if self._writer is None:
                return
            self._writer.close()
            self._file.seek(0)
            for batch in pa.ipc.open_stream(self._file):
                yield pa.Table.from_batches([batch])

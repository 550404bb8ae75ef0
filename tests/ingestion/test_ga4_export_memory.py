"""What a page weighs once it is read: a load holds dozens of them."""

from __future__ import annotations

import subprocess
import sys

from warehouse.layout import PROJECT_ROOT

# A process of its own: the peak of this one tells of whatever ran before.
_KEEP_FORTY_PAGES = """
import resource, sys
from ingestion.ga4_export.wire import WireDecoder
from tests.ingestion.test_ga4_export_flatten import ROW, SCHEMA, page
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
decoder, content = WireDecoder(SCHEMA), page(*[ROW] * 700)
for _ in range(5):
    decoder.table(content, "345")
before = peak()
kept = [decoder.table(content, "345")[0] for _ in range(40)]
print(peak() - before, sum(table.nbytes for table in kept) / 1e6)
"""


def test_a_page_that_is_kept_takes_little_more_than_its_content() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _KEEP_FORTY_PAGES], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    grown, content = (float(number) for number in said.stdout.split())
    assert grown < 3 * content + 10

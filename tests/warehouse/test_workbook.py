"""The workbook, read as the XML that a spreadsheet reads."""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from tests.warehouse.small import AS_OF, build_warehouse
from warehouse import workbook
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.workbook import write_workbook

_NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("workbook"))
    build_warehouse(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("update marts.campaign_daily set campaign_name = '=1+1' where date_day = '2026-11-22'")
    return publish(
        settings, run_id="run-1", published_at=AS_OF, data_through=None, checks_passed=1, checks_total=1
    ).path


def sheets(path: Path) -> dict[str, list[list[str | float | None]]]:
    """Rows by sheet; a row ends with its last cell that is not empty."""
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        names = [str(sheet.get("name")) for sheet in book.findall("m:sheets/m:sheet", _NAMES)]
        texts = [archive.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
    assert not any(b"<f>" in text for text in texts), "nothing is a formula"
    return {name: [_row(row) for row in ElementTree.fromstring(text).iterfind("m:sheetData/m:row", _NAMES)]
            for name, text in zip(names, texts, strict=True)}  # fmt: skip


def _row(row: ElementTree.Element) -> list[str | float | None]:
    found: list[str | float | None] = []
    for cell in row.iterfind("m:c", _NAMES):
        letters = re.sub(r"\d", "", str(cell.get("r")))
        place = 0
        for letter in letters:
            place = place * 26 + ord(letter) - 64
        found += [None] * (place - 1 - len(found))
        text, number = cell.find("m:is/m:t", _NAMES), cell.find("m:v", _NAMES)
        found.append(text.text if text is not None else float(str(number.text)) if number is not None else None)
    return found


def test_people_find_what_they_read(version: Path) -> None:
    found = sheets(version.with_name("run-1") / "kpi.xlsx")
    assert list(found) == ["contents", *workbook.SHEETS, "columns"]
    assert found["contents"][0] == ["run_id", "run-1"]
    counts = {row[0]: row[1:] for row in found["contents"][4:] if row}
    # 28 days of two KPIs are left out; 4 weeks of two KPIs and a month of one are there
    assert counts["kpi_values"] == [65.0, 9.0, "weeks and months in total"]
    assert counts["channel_daily"] == [84.0, 84.0, "all"]
    head, first, *_ = found["campaign_daily"]
    assert head[:7] == ["date_day", "platform", "account_id", "channel", "campaign_id", "campaign_name", "spend_amount"]
    # Excel counts days from 1899-12-30
    assert first[0] == (date(2026, 10, 26) - date(1899, 12, 30)) / timedelta(days=1)
    assert first[6] == 10
    assert found["campaign_daily"][-1][5] == "=1+1"
    assert [row for row in found["columns"] if row[:2] == ["kpi_values", "value"]]


def test_a_long_table_has_its_newest_rows(version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 6)
    with duckdb.connect(str(version), read_only=True) as connection:
        found = sheets(write_workbook(connection, tmp_path / "kpi.xlsx"))
    counts = {row[0]: row[1:] for row in found["contents"][4:] if row}
    assert counts["channel_daily"] == [84.0, 6.0, "the newest"]
    # three channels on each of the last two days, the older day first
    days = [row[0] for row in found["channel_daily"][1:]]
    assert days == [46347.0] * 3 + [46348.0] * 3
    assert date(1899, 12, 30) + timedelta(days=46348) == date(2026, 11, 22)

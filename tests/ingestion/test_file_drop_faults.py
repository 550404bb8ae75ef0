"""Every way in which a file in the folder can be wrong: what is set aside with its row and reason, and what loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingestion.file_drop.source import complete
from ingestion.pipeline import LoadReport
from tests.ingestion.test_file_drop import load, rows
from warehouse.errors import ConfigurationError

HEADER = "date,channel,campaign,cost,currency\n"
HUGE = 10_000


class Refused(NamedTuple):
    """One quarantined field: its line, value, the raw row, and a part of the reason, the mend included."""

    line: int
    field: str
    value: str | None
    row: str
    reason: str


class Case(NamedTuple):
    """One file of costs, the lines of it that load, and those that are set aside."""

    name: str
    content: str | bytes
    loaded: list[int]
    refused: list[Refused]


def _bad(cells: str, field: str, value: str, reason: str) -> tuple[str, list[Refused]]:
    row = f"2026-11-02,Email,{cells}" if field != "date" else cells
    return f"{HEADER}{row}\n2026-11-03,Email,good,1,EUR\n", [Refused(2, field, value, row, reason)]


def _cells(name: str, cells: str, field: str, value: str, reason: str) -> Case:
    content, refused = _bad(cells, field, value, reason)
    return Case(name, content.replace(",good,", f",good {name},"), [3], refused)


def _line(name: str, line: str | bytes, row: str, reason: str, *, ends: bytes = b"\n") -> Case:
    content = HEADER.encode() + f"2026-11-03,Email,good {name},1,EUR\n".encode()
    broken = line if isinstance(line, bytes) else line.encode()
    return Case(name, content + broken + ends, [2], [Refused(3, "(line)", None, row, reason)])


def _reads(name: str, text: str, encoding: str = "utf-8") -> Case:
    return Case(name, text.replace("<name>", name).encode(encoding), [2], [])


CASES = [
    _cells("day of another land", "02.11.2026,Email,a,1,EUR", "date", "02.11.2026", "is no ISO date; write one such"),
    _cells("us day", "11/02/2026,Email,a,1,EUR", "date", "11/02/2026", "is no ISO date; write one such as 2026-11-23"),
    _cells("no such day", "2026-02-30,Email,a,1,EUR", "date", "2026-02-30", "a day that no calendar has; write one"),
    _cells("no day", ",Email,a,1,EUR", "date", "", "is empty; write a value"),
    _cells("comma", 'b,"12,50",EUR', "cost", "12,50", "is no amount; write digits with a decimal point"),
    _cells("thousands", 'b,"1,234.50",EUR', "cost", "1,234.50", "is no amount; write digits with a decimal point"),
    _cells("sign", "b,€ 5,EUR", "cost", "€ 5", "is no amount; write digits with a decimal point"),
    _cells("negative", "b,-5,EUR", "cost", "-5", "is negative; lower the amount that it corrects instead"),
    _cells("currency", "b,5,Euro", "currency", "Euro", "is no currency that the ECB has a rate for; write its ISO"),
    Case(
        "duplicate",
        f"{HEADER}2026-11-02,Email,twice,1,EUR\n2026-11-02,Email,twice,2,EUR\n",
        [2],
        [
            Refused(
                3, "campaign", "twice", "2026-11-02,Email,twice,2,EUR",
                "repeats date, channel, campaign of line 2 of costs-duplicate.csv; keep one of the two",
            )
        ],
    ),
    Case(
        "two fields",
        f"{HEADER}soon,Email,b,much,EUR\n",
        [],
        [
            Refused(2, "cost", "much", "soon,Email,b,much,EUR", "is no amount"),
            Refused(2, "date", "soon", "soon,Email,b,much,EUR", "is no ISO date"),
        ],
    ),
    _line("a comma too many", "2026-11-02,Email,c,1,50,EUR", "2026-11-02,Email,c,1,50,EUR", "put fields with ',' in"),
    _line("a field too few", "2026-11-02,Email,c", "2026-11-02,Email,c", "has 3 fields where the header has 5"),
    _line("open quote", '2026-11-02,Email,"c,1,EUR', '2026-11-02,Email,"""c",1,EUR', "opens a quotation mark that it"),
    _line("latin 1", b"2026-11-02,Email,B\xfcro,1,EUR", "2026-11-02,Email,B\\udcfcro,1,EUR", "is no UTF-8"),
    _line("half", "2026-11-04,Email,c", "2026-11-04,Email,c", "ends after 3 of 5 fields, and so does the", ends=b""),
    _line("half quote", '2026-11-04,"Ema', '2026-11-04,"""Ema"', "is no CSV: unexpected end of data; close", ends=b""),
    _reads("bom", f"\ufeff{HEADER}2026-11-02,Email,<name>,1,EUR\n"),
    _reads("crlf", f"{HEADER}2026-11-02,Email,<name>,1,EUR\n".replace("\n", "\r\n")),
    _reads("old mac", f"{HEADER}2026-11-02,Email,<name>,1,EUR\n".replace("\n", "\r")),
    _reads("semicolon", f"{HEADER}2026-11-02,Email,<name>,1,EUR\n".replace(",", ";")),
    _reads("tab", f"{HEADER}2026-11-02,Email,<name>,1,EUR\n".replace(",", "\t")),
    _reads("no last line end", f"{HEADER}2026-11-02,Email,<name>,1,EUR"),
    _reads("other order and capitals", "Currency,DATE,Cost,Campaign,Channel\nEUR,2026-11-02,1,<name>,Email\n"),
    _reads("excel", f"\ufeff{HEADER}2026-11-02,Email,<name>,1,EUR\n,,,,\n".replace(",", ";").replace("\n", "\r\n")),
    Case(
        "huge",
        HEADER + "".join(f"2026-11-02,Email,row {n},{'x' if n % 2_500 == 0 else n},EUR\n" for n in range(HUGE)),
        [n + 2 for n in range(HUGE) if n % 2_500],
        [Refused(n + 2, "cost", "x", f"2026-11-02,Email,row {n},x,EUR", "is no amount") for n in range(0, HUGE, 2_500)],
    ),
]  # fmt: skip


class Loaded(NamedTuple):
    """The folder of all cases, what one load of it gave, and where."""

    folder: Path
    home: Path
    report: LoadReport
    kept: dict[str, list[int]]
    refused: dict[str, list[Refused]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder, home = tmp_path_factory.mktemp("inbox"), tmp_path_factory.mktemp("home")
    for case in CASES:
        content = case.content if isinstance(case.content, bytes) else case.content.encode()
        (folder / f"costs-{case.name}.csv").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRIVACY__HASH_KEY", "test-key")
        report = load(folder, home)
    kept: dict[str, list[int]] = {}
    for name, line in rows(home, "select file_name, line_number from raw_file_drop.costs order by all"):
        kept.setdefault(name, []).append(line)
    refused: dict[str, list[Refused]] = {}
    columns = "file_name, line_number, field, value, row, reason"
    for name, *cells in rows(home, f"select {columns} from raw_file_drop.quarantine order by all"):
        refused.setdefault(name, []).append(Refused(*cells))
    yield Loaded(folder, home, report, kept, refused)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_with_a_fault_loads_what_is_right_and_sets_the_rest_aside(loaded: Loaded, case: Case) -> None:
    name = f"costs-{case.name}.csv"
    assert loaded.kept.get(name, []) == case.loaded
    found = loaded.refused.get(name, [])
    assert [one[:4] for one in found] == [one[:4] for one in case.refused]
    for one, expected in zip(found, case.refused, strict=True):
        assert expected.reason in one.reason
        assert "; " in one.reason, "the reason says how to mend it"
    lines = {one.line for one in case.refused}
    told = [warning for warning in loaded.report.warnings if warning.startswith(f"{name}: ")]
    total = len(lines) + len(case.loaded)
    assert told == (
        [f"{name}: {len(lines)} of {total} rows are in quarantine; raw_file_drop.quarantine has line, field and reason"]
        if lines
        else []
    )


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"date,channel,campaign,costs,currency\n", "column 'costs' is unknown; rename it to one of date, channel"),
        (b"date,channel,campaign,cost\n", "column 'currency' is missing; add it (the file has date, channel"),
        (b"date,channel,campaign,cost,currency,cost\n", "column 'cost' stands there twice; delete one of them"),
        (b"date,channel,campaign,cost,currency,\n", "column 6 has no name; write one of date, channel"),
        (b"sep=;\ndate;channel;campaign;cost;currency\n", "column 'sep=' is unknown; rename it to one of date"),
        (b"2026-11-02,Email,a,1,EUR\n", "column '2026-11-02' is unknown; rename it to one of date"),
        (b"", "its first line is empty; write the header date,channel"),
        (HEADER.encode("utf-16"), "is no UTF-8 text; save it again as 'CSV UTF-8'"),
        (b"date,channel,campaign,cost,w\xe4hrung\n", "its header is no UTF-8 text; save the file again as"),
        (b"PK\x03\x04\x14\x00\x06\x00", "is no UTF-8 text; save it again as 'CSV UTF-8'"),
    ],
    ids=["unknown", "missing", "twice", "nameless", "sep", "none", "empty", "utf-16", "latin 1", "workbook"],
)  # fmt: skip
def test_a_file_that_is_wrong_as_a_whole_stops_the_load_and_changes_nothing(
    loaded: Loaded, content: bytes, line: str
) -> None:
    wrong = loaded.folder / "costs-0.csv"
    wrong.write_bytes(content)
    try:
        with pytest.raises(ConfigurationError) as told:
            load(loaded.folder, loaded.home)
    finally:
        wrong.unlink()
    assert str(told.value).startswith(f"costs-0.csv: {line}")
    assert "\n" not in str(told.value)
    assert rows(loaded.home, "select count(*) from raw_file_drop.costs") == [(sum(map(len, loaded.kept.values())),)]


def test_a_file_that_is_written_to_or_taken_away_while_it_is_read_stops_the_load(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text(HEADER)
    mend = "load again when"
    with pytest.raises(ConfigurationError, match=mend) as written, complete(path, path.name):
        path.write_text(f"{HEADER}2026-11-02,Email,a,1,EUR\n")
    with pytest.raises(ConfigurationError, match=mend) as taken, complete(path, path.name):
        path.unlink()
    with pytest.raises(ConfigurationError, match=mend) as absent, complete(path, path.name):
        pass
    assert str(written.value).startswith("costs.csv: was written to while it was read; ")
    assert str(taken.value) == str(absent.value)
    assert str(taken.value).startswith("costs.csv: was taken out of the folder while it was read; ")


def test_a_file_that_is_removed_between_two_loads_takes_its_rows_along_and_is_named(tmp_path: Path) -> None:
    folder, home = tmp_path / "inbox", tmp_path / "home"
    folder.mkdir()
    (folder / "costs-1.csv").write_text(f"{HEADER}2026-11-02,Email,a,1,EUR\n2026-11-03,Email,a,1,EUR\n")
    (folder / "costs-2.csv").write_text(f"{HEADER}2026-11-04,Email,a,1,EUR\n2026-11-04,Email,a,x,EUR\n")
    assert len(load(folder, home).warnings) == 1
    (folder / "costs-1.csv").unlink()
    (folder / "costs-2.csv").rename(folder / "costs-3.csv")
    gone = "{} is in the folder no more, so its {} rows are gone; put it back if you need them"
    assert load(folder, home).warnings[1:] == (gone.format("costs-1.csv", 2), gone.format("costs-2.csv", 1))
    assert _files(home) == ([("costs-3.csv",)], [("costs-3.csv",)])
    assert len(load(folder, home).warnings) == 1


def test_a_file_that_nobody_reads_is_named(tmp_path: Path) -> None:
    folder, home = tmp_path / "inbox", tmp_path / "home"
    (folder / "ga4_events").mkdir(parents=True)
    for name in ("costs.csv", "costs.xlsx", "cost.csv", "readme.md", ".hidden.csv", "~lock.xlsx", "ga4_events/e.json"):
        (folder / name).write_text(HEADER)
    assert sorted(load(folder, home).warnings) == [
        "cost.csv was not read: its name begins like none of costs*.csv, crm_contacts*.csv, crm_deals*.csv, "
        "surveys*.csv, budgets*.csv, social_posts*.csv, social_followers*.csv; rename it",
        "costs.xlsx was not read: it is no CSV; save it as 'CSV UTF-8' too",
        "ga4_events/e.json was not read: events come as .jsonl or .parquet; export it as one of them",
    ]


def _files(home: Path) -> tuple[list[Any], list[Any]]:
    names = "select distinct file_name from raw_file_drop"
    return rows(home, f"{names}.costs"), rows(home, f"{names}.quarantine")

"""`kpi sql`: what it shows, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cli.main import run


@pytest.fixture(autouse=True)
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    path = tmp_path / "serving" / "kpi.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema published")
        connection.execute(
            "create table published.channel_daily as select 'Paid [Search]' as channel, 7.50::decimal(18, 6) as spend, "
            "repeat('x', 200) as note"
        )
    return path


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("drop table channel_daily", "takes one SELECT; the publication is read-only and never changes"),
        ("select 1; select 2", "takes one SELECT"),
        ("selct 1", 'syntax error at or near "selct"'),
        ("select chanel from channel_daily", '"chanel" not found'),
        ("select * from chanel_daily", "there is no table chanel_daily; did you mean channel_daily?"),
        ("select * from read_csv('/etc/passwd')", "file system operations are disabled"),
        ("copy channel_daily to '/tmp/never.csv'", "takes one SELECT"),
    ],
)
def test_what_is_no_query_of_the_publication_is_one_line(
    query: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sql", query]) == 2
    said = capsys.readouterr().err
    assert said.startswith("kpi: the query: ")
    assert line in said
    assert said.count("\n") == 1


def test_numbers_stand_on_the_right_and_text_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sql", "select channel, spend from channel_daily union all select 'b', 1234.5 order by 2"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == ["Paid [Search]     7.500000", "b              1234.500000", "2 rows"]


def test_rows_wider_than_the_screen_stand_a_line_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sql", "from channel_daily"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "row 1",
        "  channel  Paid [Search]",
        "  spend    7.500000",
        f"  note     {'x' * 200}",
        "1 row",
    ]


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.parquet"])
def test_a_result_goes_to_a_file_of_the_named_kind(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert run(["sql", "-c", "select channel, spend from channel_daily", "-o", str(path)]) == 0
    assert capsys.readouterr().out == ""
    assert duckdb.execute(f"select channel, spend::double from '{path}'").fetchall() == [("Paid [Search]", 7.5)]


def test_a_format_of_its_own_wins_over_the_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    assert run(["sql", "-c", "select 1 as one", "--format", "csv", "-o", str(path)]) == 0
    assert path.read_text() == "one\n1\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--timeout", "1", "select count(*) from range(9999999) a, range(9999999) b where a.range * b.range % 7 = 8"],
         "took longer than 1 s; narrow it, or give it more by --timeout"),
        (["--memory", "10MB", "select list(range) from range(20000000)"], "needs more memory than 10MB"),
        (["--memory", "much", "select 1"], "--memory much: is no size; write one such as 500MB or 2GB"),
        (["--format", "parquet", "select 1"], "--format parquet needs a file"),
        (["select 1", "-c", "select 2"], "the query stands there twice"),
        (["-c", "insert into channel_daily values ('x', 1, '')"], "the publication is read-only and never changes"),
        (["-o", "rows.csv"], "Missing argument 'QUERY': without one a shell opens, which needs a terminal"),
    ],
)  # fmt: skip
def test_limits_and_mistakes_are_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sql", *arguments]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from ingestion import pipeline
from ingestion.file_drop.checking import Checked, Checker
from ingestion.file_drop.kinds import KINDS
from ingestion.file_drop.reading import read_sheet
from ingestion.pipeline import LoadReport
from ingestion.spec import Window
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, SourceSettings

ANNA, BEN = "anna.muster@example.com", "ben@example.org"
# echo -n anna.muster@example.com | openssl dgst -sha256 -hmac test-key
ANNA_HASH = "57fd7912a689298c9047b4a104df2c7e291fe3587f51df18c35f2795889365d9"
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 22))


@pytest.fixture(autouse=True)
def hash_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "test-key")


def check(name: str, text: str | bytes, *, known: frozenset[str] | None = None, zone: str = "Europe/Zurich") -> Checked:
    kind = next(kind for kind in KINDS if kind.name == name)
    checker = Checker(kind, ZoneInfo(zone), known)
    checker.add(read_sheet(kind, f"{name}.csv", text.encode() if isinstance(text, str) else text))
    return checker.checked


def refusals(checked: Checked) -> list[tuple[int, str, str | None]]:
    return [(row["line_number"], row["field"], row["value"]) for row in checked.quarantine]


def load(folder: Path, home: Path, **settings: Any) -> LoadReport:
    source = SourceSettings(enabled=True, **{"folder": str(folder), **settings})
    return pipeline.load(
        "file_drop",
        WINDOW,
        settings=Settings(home=home, sources={"file_drop": source}),
        as_of=datetime(2026, 11, 23, 8, tzinfo=UTC),
        run_id="test",
    )


def rows(home: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_costs_pass_as_written() -> None:
    checked = check(
        "costs",
        "date,channel,campaign,cost,currency,clicks,impressions\n"
        "2026-11-02,Paid Search,Brand,12.50,EUR,3,1200\n"
        "2026-11-02, Agency ,,1900,chf,,\n",
    )
    assert checked.quarantine == []
    assert checked.rows == [
        {
            "file_name": "costs.csv",
            "line_number": 2,
            "date": date(2026, 11, 2),
            "channel": "Paid Search",
            "campaign": "Brand",
            "cost": "12.50",
            "currency_code": "EUR",
            "clicks": "3",
            "impressions": "1200",
        },
        {
            "file_name": "costs.csv",
            "line_number": 3,
            "date": date(2026, 11, 2),
            "channel": "Agency",
            "campaign": None,
            "cost": "1900",
            "currency_code": "CHF",
            "clicks": None,
            "impressions": None,
        },
    ]


@pytest.mark.parametrize(
    ("row", "field", "value", "reason"),
    [
        ("02.11.2026,Email,A,1,EUR,,", "date", "02.11.2026", "is no ISO date"),
        ("2026-02-30,Email,A,1,EUR,,", "date", "2026-02-30", "no calendar"),
        ("0026-11-02,Email,A,1,EUR,,", "date", "0026-11-02", "the year 26"),
        ("2026-11-02/2026-11-01,Email,A,1,EUR,,", "date", "2026-11-02/2026-11-01", "ends before it starts"),
        ("2026-11-01/2026-11-30,Email,A,1,EUR,,", "date", "2026-11-01/2026-11-30", "a period of 30 days"),
        (",Email,A,1,EUR,,", "date", "", "is empty"),
        ('2026-11-02,Email,A,"1,50",EUR,,', "cost", "1,50", "is no amount"),
        ('2026-11-02,Email,A,"1,234.50",EUR,,', "cost", "1,234.50", "is no amount"),
        ("2026-11-02,Email,A,1e3,EUR,,", "cost", "1e3", "is no amount"),
        ("2026-11-02,Email,A,nan,EUR,,", "cost", "nan", "is no amount"),
        ("2026-11-02,Email,A,inf,EUR,,", "cost", "inf", "is no amount"),
        ("2026-11-02,Email,A,١,EUR,,", "cost", "١", "is no amount"),
        ("2026-11-02,Email,A,1234567890123,EUR,,", "cost", "1234567890123", "is no amount"),
        ("2026-11-02,Email,A,-0.01,EUR,,", "cost", "-0.01", "is negative"),
        ("2026-11-02,Email,A,1,XYZ,,", "currency", "XYZ", "is no currency"),
        ("2026-11-02,Email,A,1,€,,", "currency", "€", "is no currency"),
        ("2026-11-02,Email,A,1,EUR,2.5,", "clicks", "2.5", "is no whole number"),
        ("2026-11-02,Email,A,1,EUR,,-3", "impressions", "-3", "is no whole number"),
        ("2026-11-02,,A,1,EUR,5,", "channel", "", "is empty in a row with clicks"),
    ],
)
def test_a_bad_cell_of_costs_is_set_aside(row: str, field: str, value: str, reason: str) -> None:
    header = "date,channel,campaign,cost,currency,clicks,impressions\n"
    checked = check("costs", f"{header}{row}\n2026-11-03,Email,A,1,EUR,,\n")
    assert refusals(checked) == [(2, field, value)]
    assert reason in checked.quarantine[0]["reason"]
    assert "; " in checked.quarantine[0]["reason"], "the reason says how to mend it"
    assert [found["line_number"] for found in checked.rows] == [3]


def test_minus_zero_is_no_negative_cost() -> None:
    assert len(check("costs", "date,channel,campaign,cost,currency\n2026-11-02,Email,A,-0.00,EUR\n").rows) == 1


def test_every_bad_field_of_a_row_is_named() -> None:
    checked = check("costs", "date,channel,campaign,cost,currency\nsoon,Email,A,much,EUR\n")
    assert refusals(checked) == [(2, "date", "soon"), (2, "cost", "much")]
    assert (checked.refused, checked.rows) == (1, [])


def test_a_repeated_row_is_found_across_files_and_only_against_valid_rows() -> None:
    kind = KINDS[0]
    checker = Checker(kind, ZoneInfo("UTC"))
    header = b"date,channel,campaign,cost,currency\n"
    checker.add(read_sheet(kind, "costs-1.csv", header + b"2026-11-02,Email,A,bad,EUR\n2026-11-02,Email,A,1,EUR\n"))
    checker.add(read_sheet(kind, "costs-2.csv", header + b"2026-11-02,Email,A,2,EUR\n2026-11-02,Email,B,3,EUR\n"))
    assert [(row["file_name"], row["cost"]) for row in checker.checked.rows] == [
        ("costs-1.csv", "1"),
        ("costs-2.csv", "3"),
    ]
    assert checker.checked.quarantine[1]["reason"] == (
        "repeats date, channel, campaign of line 3 of costs-1.csv; keep one of the two"
    )


def test_excels_csv_is_read() -> None:
    content = '\ufeffDate;Channel;Campaign;Cost;Currency\r\n2026-11-02;Email;"a;b";1.5;EUR\r\n;;;;\r\n'
    checked = check("costs", content)
    assert [(row["campaign"], row["cost"]) for row in checked.rows] == [("a;b", "1.5")]
    assert checked.quarantine == []


def test_a_line_that_is_no_csv_costs_only_itself() -> None:
    checked = check(
        "costs",
        "date,channel,campaign,cost,currency\n"
        "2026-11-02,Email,A,1,EUR,extra\n"
        "2026-11-03,Email,A,1\n"
        '2026-11-04,Email,"open,1,EUR\n'
        "2026-11-05,Email,A,1,EUR\n"
        '2026-11-06,Email,"over\ntwo lines",1,EUR\n'
        '2026-11-08,Email,"closed" badly,1,EUR\n'
        "2026-11-09,Email,A,1,EUR\n",
    )
    assert [(row["line_number"], row["campaign"]) for row in checked.rows] == [
        (5, "A"),
        (6, "over\ntwo lines"),
        (9, "A"),
    ]
    assert [(row["line_number"], row["reason"].split(";")[0]) for row in checked.quarantine] == [
        (2, "has 6 fields where the header has 5"),
        (3, "has 4 fields where the header has 5"),
        (4, "opens a quotation mark that it does not close"),
        (8, "is no CSV: ',' expected after '\"'"),
    ]


def test_an_open_quotation_mark_at_the_end_swallows_nothing() -> None:
    checked = check(
        "costs", 'date,channel,campaign,cost,currency\n2026-11-02,"Email,A,1,EUR\n2026-11-03,Email,A,1,EUR\n'
    )
    assert [row["line_number"] for row in checked.rows] == [3]
    assert [row["line_number"] for row in checked.quarantine] == [2]


def test_only_the_line_with_another_encoding_is_set_aside() -> None:
    header = b"date,channel,campaign,cost,currency\n"
    checked = check("costs", header + b"2026-11-02,Email,B\xfcro,1,EUR\n" + "2026-11-03,Email,Büro,1,EUR\n".encode())
    assert [row["campaign"] for row in checked.rows] == ["Büro"]
    assert checked.quarantine[0]["row"] == "2026-11-02,Email,B\\udcfcro,1,EUR"
    assert "UTF-8" in checked.quarantine[0]["reason"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"date,channel,campaign,cost,currency,budget\n", "costs.csv: column 'budget' is unknown; rename it"),
        (b"date,channel,campaign,cost\n", "costs.csv: column 'currency' is missing; add it"),
        (b"date,channel,campaign,cost,currency,cost\n", "costs.csv: column 'cost' stands there twice"),
        (b"date,channel,campaign,cost,currency,\n", "costs.csv: column 6 has no name"),
        (b"", "costs.csv: its first line is empty; write the header date,channel"),
        (b"date,channel,campaign,cost,w\xe4hrung\n", "costs.csv: its header is no UTF-8 text"),
        ("date,channel\n".encode("utf-16"), "costs.csv: is no UTF-8 text; save it again as 'CSV UTF-8'"),
    ],
)
def test_a_file_that_is_unusable_as_a_whole_stops_the_load(content: bytes, line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check("costs", content)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_emails_are_hashed_and_appear_nowhere() -> None:
    checked = check(
        "crm_contacts",
        "contact_id,created_at,email,gclid,merged_into\n"
        f"1,2026-11-02, {ANNA.upper()} ,Cj0,\n"
        f"{BEN},2026-11-02T10:00:00Z,{BEN},,{ANNA}\n"
        f"3,yesterday,{BEN},,\n"
        "4,2026-11-02,n/a,,\n"
        f"5,2026-11-02,{BEN},x,,,{ANNA}\n"
        f"5,2026-11-02,{BEN},\"{ANNA},\n",
    )  # fmt: skip
    first, second = checked.rows
    assert first["email_hash"] == ANNA_HASH
    assert (second["contact_id"], second["merged_into"]) == (second["email_hash"], ANNA_HASH)
    assert refusals(checked)[:2] == [(4, "created_at", "yesterday"), (5, "email", checked.quarantine[1]["value"])]
    assert checked.quarantine[0]["row"] == f"3,yesterday,{second['email_hash']},,"
    assert [row["row"] for row in checked.quarantine[2:]] == ["5,2026-11-02,(left out)", "5,2026-11-02,(left out)"]
    stored = str(checked.rows + checked.quarantine).lower()
    assert "example" not in stored
    assert "n/a" not in stored


def test_timestamps_are_utc_and_a_day_is_its_midnight_in_the_business_zone() -> None:
    checked = check(
        "crm_contacts",
        "contact_id,created_at,email\n1,2026-07-01,\n2,2026-01-01 08:30,\n3,2026-01-01T08:30:00-05:00,\n4,20260101,\n",
    )
    assert [row["created_at"] for row in checked.rows] == [
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 1, 1, 7, 30, tzinfo=UTC),
        datetime(2026, 1, 1, 13, 30, tzinfo=UTC),
    ]
    assert refusals(checked) == [(5, "created_at", "20260101")]


def test_deals_are_held_to_contacts_and_to_themselves() -> None:
    checked = check(
        "crm_deals",
        "deal_id,contact_id,created_at,closed_at,stage,is_won,amount,currency,gross_margin\n"
        "d1,c1,2026-11-01,2026-11-02,won,WAHR,100.10,EUR,-5\n"
        "d2,c1,2026-11-01,,talk,no,,,\n"
        "d3,c9,2026-11-01,2026-11-02,won,yes,100,EUR,\n"
        "d4,c1,2026-11-01,,won,1,100,EUR,\n"
        "d5,c1,2026-11-01,2026-11-02,won,1,,EUR,\n"
        "d6,c1,2026-11-01,2026-11-02,won,perhaps,100,EUR,\n"
        "d7,c1,2026-11-01,2026-11-02,talk,0,100,,\n"
        "d1,c1,2026-11-01,2026-11-02,won,1,7,EUR,\n",
        known=frozenset({"c1"}),
    )
    assert [(row["deal_id"], row["is_won"], row["amount"], row["gross_margin"]) for row in checked.rows] == [
        ("d1", True, "100.10", "-5"),
        ("d2", False, None, None),
    ]
    assert refusals(checked) == [
        (4, "contact_id", "c9"),
        (5, "closed_at", ""),
        (6, "amount", ""),
        (7, "is_won", "perhaps"),
        (8, "currency", ""),
        (9, "deal_id", "d1"),
    ]


def test_deals_without_any_contacts_file_are_not_held_to_it() -> None:
    header = "deal_id,contact_id,created_at,closed_at,stage,is_won,amount,currency\n"
    assert len(check("crm_deals", f"{header}d1,c9,2026-11-01,,talk,no,,\n").rows) == 1


def test_surveys_lose_their_comments_and_budgets_are_months() -> None:
    surveys = check(
        "surveys",
        "response_id,submitted_at,score,comment\n1,2026-11-02,10,Ask Anna\n2,2026-11-02,11,Ask Ben\n3,2026-11-02,0,\n",
    )
    assert [row["score"] for row in surveys.rows] == [10, 0]
    assert surveys.quarantine[0]["row"] == "2,2026-11-02,11,(left out)"
    assert "Ask" not in str(surveys)
    budgets = check("budgets", "month,channel,amount,currency\n2026-11,Email,5,EUR\n2026-11-15,Email,5,EUR\n")
    assert [row["month"] for row in budgets.rows] == [date(2026, 11, 1)]
    assert refusals(budgets) == [(3, "month", "2026-11-15")]


def test_posts_have_those_who_saw_them_and_followers_a_day() -> None:
    posts = check(
        "social_posts",
        "post_id,published_at,network,likes,comments,shares,reach,views,text\n"
        "1,2026-11-02T09:00:00,LinkedIn,10,2,1,400,,Ask Anna\n"
        "1,2026-11-02T09:00:00,YouTube,10,2,1,,250,\n"
        "2,2026-11-02T09:00:00,LinkedIn,10,2,1,,,Ask Ben\n"
        "3,2026-11-02T09:00:00,LinkedIn,1.5k,2,1,400,,\n"
        "1,2026-11-02T09:00:00,LinkedIn,11,2,1,410,,\n",
    )
    assert [(row["network"], row["reach"], row["views"]) for row in posts.rows] == [
        ("LinkedIn", "400", None),
        ("YouTube", None, "250"),
    ]
    assert refusals(posts) == [(4, "reach", ""), (5, "likes", "1.5k"), (6, "post_id", "1")]
    assert posts.quarantine[0]["reason"] == "is empty, and so is views; write one of the two, or leave the post out"
    assert "Ask" not in str(posts)
    followers = check(
        "social_followers",
        "date,network,followers\n2026-11-02,LinkedIn,400\n2026-11-02,YouTube,-1\n2026-11-02,LinkedIn,401\n",
    )
    assert [row["followers"] for row in followers.rows] == ["400"]
    assert refusals(followers) == [(3, "followers", "-1"), (4, "account", None)]


def test_a_load_is_the_folder_as_it_stands(tmp_path: Path) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    inbox.mkdir()
    (inbox / "crm_contacts.csv").write_text(f"contact_id,created_at,email\nc1,2026-11-01,{ANNA}\nc2,soon,\n")
    header = "deal_id,contact_id,created_at,closed_at,stage,is_won,amount,currency\n"
    deals = "d1,c1,2026-11-01,2026-11-02,won,yes,100,EUR\nd2,c2,2026-11-01,2026-11-02,won,yes,50,EUR\n"
    (inbox / "crm_deals-2026.csv").write_text(header + deals)
    (inbox / "cost.csv").write_text("date\n")
    report = load(inbox, home)
    assert report.tables["crm_contacts"] == 1
    assert rows(home, "select deal_id, file_name from raw_file_drop.crm_deals") == [("d1", "crm_deals-2026.csv")]
    assert rows(home, "select file_name, line_number, field from raw_file_drop.quarantine order by 1") == [
        ("crm_contacts.csv", 3, "created_at"),
        ("crm_deals-2026.csv", 3, "contact_id"),
    ]
    assert report.warnings[0].startswith("cost.csv was not read: its name begins like none of costs*.csv")
    assert report.warnings[1].startswith("crm_contacts.csv: 1 of 2 rows are in quarantine")

    (inbox / "crm_deals-2026.csv").unlink()
    (inbox / "crm_contacts.csv").write_text("contact_id,created_at,email\nc3,2026-11-01,\n")
    load(inbox, home)
    assert rows(home, "select contact_id from raw_file_drop.crm_contacts") == [("c3",)]
    assert rows(home, "select count(*) from raw_file_drop.crm_deals") == [(0,)]
    assert rows(home, "select count(*) from raw_file_drop.quarantine") == [(0,)]

    (inbox / "costs.csv").write_text("date\n")
    with pytest.raises(ConfigurationError, match="column 'channel' is missing"):
        load(inbox, home)
    assert rows(home, "select contact_id from raw_file_drop.crm_contacts") == [("c3",)]


def test_an_absent_or_empty_folder_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.file_drop\.folder = .*there is no folder"):
        load(tmp_path / "nowhere", tmp_path / "home")
    (tmp_path / "inbox").mkdir()
    with pytest.raises(ConfigurationError, match=r"sources\.file_drop\.folder = .*holds none of costs\*\.csv"):
        load(tmp_path / "inbox", tmp_path / "home")


def test_the_newest_day_is_the_newest_dated_row_and_never_a_typing_error_in_the_future(tmp_path: Path) -> None:
    folder, home = tmp_path / "inbox", tmp_path / "home"
    folder.mkdir()
    (folder / "costs.csv").write_text(
        "date,channel,campaign,cost,currency\n2026-11-03,Agency,fee,100,EUR\n2062-11-04,Agency,fee,100,EUR\n"
    )
    (folder / "surveys.csv").write_text("response_id,submitted_at,score\nr1,2026-11-07T12:00:00,9\n")
    assert load(folder, home).newest_data_day == date(2026, 11, 7)

"""Identifiers worked out by hand: each rule by which two of them are one person's, each guard, and what just misses it.

At most 3 people share an identifier and at most 4 browsers a user id, else it links nobody; the click "tester" links
nobody at all. Browsers are first seen at noon of the day given, in January 2026; contacts made at 18:00 of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from tests.transform.hand_world import Row, event, insert, traffic

CONFIGURATION = """
[identity]
max_people = 3
max_browsers = 4
never_link = ["gclid:tester"]
"""

HUBSPOT = "raw_hubspot.contacts"
FILES = "raw_file_drop.crm_contacts"

PEOPLE: dict[str, tuple[str, ...]] = {
    "by client id": ("contact_id 1", "ga_client_id b1"),
    "by gclid": ("contact_id 2", "ga_client_id b2", "gclid g2"),
    "by fbclid": ("contact_id 3", "fbclid f3", "ga_client_id b3"),
    "by the address in both CRMs": ("contact_id 4", "contact_id file_drop:4x", "email_hash h4"),
    "by a further address": (
        "contact_id 5", "contact_id file_drop:5x", "email_hash h5", "email_hash h5b", "email_hash h5c"
    ),
    "by a chain of merges": ("contact_id file_drop:6a", "contact_id file_drop:6b", "contact_id file_drop:6c"),
    "by merges of the portal, one of a contact that it does not list": (
        "contact_id 60", "contact_id 61", "contact_id 62", "ga_client_id b61"
    ),
    "by user id on two devices": ("ga_client_id b7a", "ga_client_id b7b", "user_id u7"),
    "by a user id that is the address": ("contact_id 8", "email_hash h8", "ga_client_id b8", "user_id h8"),
    "by wbraid": ("ga_client_id b9a", "ga_client_id b9b", "wbraid w9"),
    "by gbraid": ("ga_client_id b9c", "ga_client_id b9d", "gbraid g9"),
    "by msclkid": ("ga_client_id b9e", "ga_client_id b9f", "msclkid m9"),
    "by the order of a contact": ("contact_id 10", "ga_client_id b10", "transaction_id T10"),
    "by the order of a deal without contact": ("deal_id T11", "ga_client_id b11", "transaction_id T11"),
    "by the order of a file": ("contact_id file_drop:12x", "ga_client_id b12", "transaction_id T12"),
    "by a receipt that was opened on the telephone": ("ga_client_id b12a", "ga_client_id b12b", "transaction_id T12a"),
    "an archived contact still says who it was": ("contact_id 13", "ga_client_id b13"),
    "a family on one computer": ("contact_id 14a", "contact_id 14b", "contact_id 14c", "ga_client_id family"),
    "four contacts, of which two were merged": (
        "contact_id 15a", "contact_id 15b", "contact_id 15c", "contact_id 15d", "ga_client_id b15"
    ),
    "four contacts, of which two have one address": (
        "contact_id 16a", "contact_id 16b", "contact_id 16c", "contact_id 16d", "email_hash h16", "ga_client_id b16"
    ),
    "four browsers of one click, of which two are one user's": (
        "ga_client_id b17a", "ga_client_id b17b", "ga_client_id b17c", "ga_client_id b17d", "gclid g17", "user_id u17"
    ),
    "four browsers of one user": (
        "ga_client_id b18a", "ga_client_id b18b", "ga_client_id b18c", "ga_client_id b18d", "user_id u18"
    ),
    "three contacts of one mailbox": ("contact_id 19a", "contact_id 19b", "contact_id 19c", "email_hash h19"),
    "a contact that the portal does not list, by its deal": ("contact_id 99",),
}  # fmt: skip
"""Identifiers that are one person's, and of nobody else."""

STRANGERS: dict[str, tuple[str, ...]] = {
    "a kiosk": ("ga_client_id kiosk", *(f"contact_id 20{one}" for one in "abcd")),
    "the click of a link that went round": tuple(f"ga_client_id b21{one}" for one in "abcd"),
    "such a click that one contact has too": ("contact_id 22", *(f"ga_client_id b22{one}" for one in "abcd")),
    "four contacts of one mailbox": tuple(f"contact_id 23{one}" for one in "abcd"),
    "a click that the settings name": ("ga_client_id b24a", "ga_client_id b24b"),
    "a user id of five browsers": tuple(f"ga_client_id b25{one}" for one in "abcde"),
    "the words for no user": ("ga_client_id b26a", "ga_client_id b26b"),
    "the words for no order": ("ga_client_id b26c", "ga_client_id b26d"),
    "a till, where four contacts' orders are put in": (
        "ga_client_id till", *(f"contact_id 27{one}" for one in "abcd")
    ),
    "four users of one browser": ("ga_client_id desk", *(f"ga_client_id b28{one}" for one in "abcd")),
    "clicks that differ by a capital": ("ga_client_id b29a", "ga_client_id b29b"),
    "the same number in both CRMs": ("contact_id 30", "contact_id file_drop:30"),
    "a user whose other visit has no consent": ("ga_client_id b31",),
}  # fmt: skip
"""Identifiers that look as if they were one person's and are not: each is another's."""

SHARED = {
    ("ga_client_id", "kiosk"): ("too_many_people", 4),
    ("gclid", "g21"): ("too_many_people", 4),
    ("gclid", "g22"): ("too_many_people", 4),
    ("email_hash", "h23"): ("too_many_people", 4),
    ("gclid", "tester"): ("never_link", None),
    ("user_id", "u25"): ("too_many_browsers", 0),
    ("ga_client_id", "till"): ("too_many_people", 4),
    ("ga_client_id", "desk"): ("too_many_people", 4),
}
"""Identifiers that link nobody: why, and the people counted."""


CHANGES: dict[tuple[str, str], tuple[object, ...]] = {
    # a late merge: the contact of January 1st was seen before the visit of the 2nd
    ("2:b1", "1:2"): ("merged", 2, "1", "2", "crm_merge"),
    # a contact was deleted that held two addresses together, and that the person was named after
    ("1:5", "1:file_drop:5x"): ("gone", 2, None, None, None),
    # a fourth contact came to the mailbox, so that it links none
    ("1:19a", "1:19b"): ("split", 1, None, None, None),
    ("1:19a", "1:19c"): ("split", 1, None, None, None),
    # the vendor restated a day
    ("2:b9a", "2:b9b"): ("split", 1, None, None, None),
    # a visit of the day before was loaded
    ("1:file_drop:12x", "2:b12"): ("seen_earlier", 3, None, None, None),
}
"""What `change` makes of persons, by the identifiers that they were and are named after."""


def change(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a later day bring news, old and new."""
    connection.execute(f"update {HUBSPOT} set merged_object_ids = '2' where contact_id = '1'")
    connection.execute(f"delete from {HUBSPOT} where contact_id = '5'")
    insert(connection, HUBSPOT, contact("19d", 20, email_hash="h19"))
    connection.execute("delete from raw_ga4_export.events where user_pseudo_id = 'b9b'")
    insert(connection, "raw_ga4_export.events", visits("b9b", 2), visits("b12", 1))


def visits(client: str | None, day: int, **carried: str) -> Row:
    """A page view; a click id stands in the page's address, the others in columns of their own."""
    page = "https://larkspur.example/"
    for name in ("wbraid", "gbraid", "msclkid", "fbclid"):
        if name in carried:
            page += f"?{name}={carried.pop(name)}"
    if "gclid" in carried:
        carried["collected_gclid"] = carried.pop("gclid")
    row = next(_rows)
    # events of a second that are alike would count as one that was exported twice
    return event(client, 1, f"2026-01-{day:02} 12:00:00", "page_view", row, page=f"{page}#{row}", **_DIRECT, **carried)


_DIRECT = traffic("Direct", "(direct)", "(none)")
_rows = iter(range(1, 10_000))


def contact(contact_id: str, day: int, **more: object) -> Row:
    return {"contact_id": contact_id, "is_archived": False, "created_at": f"2026-01-{day:02} 18:00:00+00", **more}


def line(contact_id: str, day: int, **more: object) -> Row:
    """A contact of the file drop."""
    made = f"2026-01-{day:02} 18:00:00+00"
    return {"file_name": "a.csv", "line_number": next(_rows), "contact_id": contact_id, "created_at": made, **more}


def deal(deal_id: str, day: int) -> Row:
    """A won deal of the portal."""
    closed = f"2026-01-{day:02} 20:00:00+00"
    return {
        "deal_id": deal_id, "is_archived": False, "closed_at": closed, "is_closed": True, "is_won": True,
        "amount": "1.00", "currency_code": "EUR",
    }  # fmt: skip


def each(letters: str, prefix: str) -> Iterable[str]:
    return (prefix + letter for letter in letters)


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the world into the raw tables."""
    insert(
        connection,
        HUBSPOT,
        contact("1", 3, ga_client_id="b1"),
        contact("2", 1, google_click_id="g2"),
        contact("3", 3, facebook_click_id="f3"),
        contact("4", 3, email_hash="h4"),
        contact("5", 3, email_hash="h5", further_email_hashes="h5b;h5c"),
        contact("60", 3, merged_object_ids="61;62"),
        contact("61", 2, is_archived=True, ga_client_id="b61"),
        contact("8", 3, email_hash="h8"),
        contact("10", 3),
        contact("13", 3, is_archived=True, ga_client_id="b13"),
        *(contact(name, 3, ga_client_id="family") for name in each("abc", "14")),
        contact("15a", 3, ga_client_id="b15", merged_object_ids="15b"),
        *(contact(name, 3, ga_client_id="b15") for name in each("bcd", "15")),
        *(contact(name, 3, ga_client_id="b16", email_hash="h16") for name in each("ab", "16")),
        *(contact(name, 3, ga_client_id="b16") for name in each("cd", "16")),
        *(contact(name, 3, email_hash="h19") for name in each("abc", "19")),
        *(contact(name, 3, ga_client_id="kiosk") for name in each("abcd", "20")),
        contact("22", 3, google_click_id="g22"),
        *(contact(name, 3, email_hash="h23") for name in each("abcd", "23")),
        *(contact(name, 3) for name in each("abcd", "27")),
        contact("30", 3),
    )
    insert(
        connection,
        FILES,
        line("4x", 4, email_hash="h4"),
        line("5x", 4, email_hash="h5c"),
        line("6a", 3, merged_into="6b"),
        line("6b", 2, merged_into="6c"),
        line("6c", 4),
        line("12x", 3),
        line("30", 3),
    )
    insert(connection, "raw_hubspot.deals", *(deal(name, 6) for name in ("T10", "T11", "T99", *each("abcd", "T27"))))
    insert(
        connection,
        "raw_hubspot.deal_contacts",
        {"deal_id": "T10", "contact_id": "10"},
        {"deal_id": "T99", "contact_id": "99"},
        *({"deal_id": f"T27{one}", "contact_id": f"27{one}"} for one in "abcd"),
    )
    insert(
        connection,
        "raw_file_drop.crm_deals",
        {"file_name": "d.csv", "line_number": 2, "deal_id": "T12", "contact_id": "12x", "is_won": True,
         "closed_at": "2026-01-06 20:00:00+00", "amount": "1.00", "currency_code": "EUR"},
    )  # fmt: skip
    insert(
        connection,
        "raw_ga4_export.events",
        visits("b1", 2),
        visits("b1", 9),
        visits("b2", 2, gclid="g2"),
        visits("b3", 2, fbclid="f3"),
        visits("b61", 5),
        visits("b7a", 2, user_id="u7"),
        visits("b7b", 4, user_id="u7"),
        visits("b8", 2, user_id="h8"),
        *(visits(name, 2, wbraid="w9") for name in ("b9a", "b9b")),
        *(visits(name, 2, gbraid="g9") for name in ("b9c", "b9d")),
        *(visits(name, 2, msclkid="m9") for name in ("b9e", "b9f")),
        visits("b10", 6, transaction_id="T10"),
        visits("b11", 6, transaction_id="T11"),
        visits("b12", 6, transaction_id="T12"),
        *(visits(name, 6, transaction_id="T12a") for name in each("ab", "b12")),
        visits("b13", 2),
        visits("family", 2),
        visits("b17a", 2, gclid="g17", user_id="u17"),
        visits("b17b", 2, gclid="g17", user_id="u17"),
        *(visits(name, 2, gclid="g17") for name in each("cd", "b17")),
        *(visits(name, 2, user_id="u18") for name in each("abcd", "b18")),
        visits("kiosk", 2),
        *(visits(name, 2, gclid="g21") for name in each("abcd", "b21")),
        *(visits(name, 2, gclid="g22") for name in each("abcd", "b22")),
        *(visits(name, 2, gclid="tester") for name in each("ab", "b24")),
        *(visits(name, 2, user_id="u25") for name in each("abcde", "b25")),
        visits("b26a", 2, user_id="Guest"),
        visits("b26b", 2, user_id="Guest"),
        *(visits(name, 2, transaction_id="(not set)") for name in each("cd", "b26")),
        *(visits("till", 6, transaction_id=name) for name in each("abcd", "T27")),
        *(visits("desk", 2, user_id=name) for name in each("abcd", "u28")),
        *(visits(f"b28{one}", 2, user_id=f"u28{one}") for one in "abcd"),
        visits("b29a", 2, gclid="Gx29"),
        visits("b29b", 2, gclid="gX29"),
        visits("b31", 2, user_id="u31"),
        visits(None, 3, user_id="u31"),
    )

"""Every rule and guard of identity worked out by hand, and what becomes of persons when the data changes."""

from __future__ import annotations

import shutil
from hashlib import md5
from typing import Any

import duckdb
import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from tests.transform.people_world import CHANGES, CONFIGURATION, PEOPLE, SHARED, STRANGERS, change, fill
from transform.build import build
from transform.identity.labels import relabel
from warehouse.connection import writer
from warehouse.settings import load_settings

SELECT = "+person_changes +shared_identifiers +int_person_identifiers identifiers_are_shared_by_few"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("people")
    (folder / "local.toml").write_text(CONFIGURATION, encoding="utf-8")
    settings = load_settings(folder / "home", folder)
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        return Built(settings, build(settings, run_id="people", as_of=AS_OF, select=SELECT))


@pytest.fixture(scope="module")
def persons(people: Built) -> dict[str, tuple[str, ...]]:
    """The identifiers of the person of each identifier."""
    found = people.rows(
        "select list(identifier_type || ' ' || identifier_value order by identifier_type, identifier_value)"
        " from intermediate.int_person_identifiers group by person_id"
    )
    return {identifier: tuple(identifiers) for (identifiers,) in found for identifier in identifiers}


@pytest.mark.parametrize("identifiers", PEOPLE.values(), ids=PEOPLE)
def test_what_is_one_persons(persons: dict[str, tuple[str, ...]], identifiers: tuple[str, ...]) -> None:
    assert persons[identifiers[0]] == tuple(sorted(identifiers))


@pytest.mark.parametrize("identifiers", STRANGERS.values(), ids=STRANGERS)
def test_what_is_not(persons: dict[str, tuple[str, ...]], identifiers: tuple[str, ...]) -> None:
    others = set(identifiers)
    assert {one: others & set(persons[one]) for one in identifiers} == {one: {one} for one in identifiers}


def test_no_identifier_was_forgotten_in_the_examples(persons: dict[str, tuple[str, ...]]) -> None:
    examples = {one for identifiers in (*PEOPLE.values(), *STRANGERS.values()) for one in identifiers}
    others = {"gclid Gx29", "gclid gX29", "user_id u31"}
    others |= {f"user_id u28{one}" for one in "abcd"} | {f"transaction_id T27{one}" for one in "abcd"}
    assert set(persons) == examples | others


def test_what_is_shared_by_many_is_reported(people: Built) -> None:
    rows = people.rows("select identifier_type, identifier_value, reason, people from marts.shared_identifiers")
    assert {row[:2]: row[2:] for row in rows} == SHARED
    assert [line.split(":")[0] for line in people.report.warnings] == [
        "test identifiers_are_shared_by_few on shared_identifiers"
    ]


@pytest.mark.parametrize(
    ("identifier", "first"),
    [
        ("1", "2:b1"),  # the visitor was there before he was a contact
        ("2", "1:2"),  # the contact before the visit
        ("file_drop:6a", "1:file_drop:6b"),  # of contacts the oldest
        ("62", "1:61"),  # the one that the portal does not list has no date
        ("b7b", "2:b7a"),
        ("b9b", "2:b9a"),  # at the same second the alphabet decides
        ("T11", "2:b11"),
        ("99", "1:99"),
    ],
)
def test_a_person_is_named_after_what_was_seen_first(people: Built, identifier: str, first: str) -> None:
    rows = people.rows(
        f"select person_id from intermediate.int_person_identifiers where identifier_value = '{identifier}'"
    )
    assert {row[0] for row in rows} == {named(first)}


@pytest.fixture(scope="module")
def later(people: Built, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The same people after a build on data that changed."""
    home = tmp_path_factory.mktemp("later") / "home"
    shutil.copytree(people.settings.home, home)
    settings = people.settings.model_copy(update={"home": home})
    with writer(settings) as connection:
        change(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        return Built(settings, build(settings, run_id="later", as_of=AS_OF, select=SELECT))


def test_what_becomes_of_a_person_is_kept(people: Built, later: Built) -> None:
    query = (
        "select former_person_id, person_id, reason, identifiers, left_identifier_value, right_identifier_value, rule,"
        " run_id from marts.person_changes"
    )
    assert people.rows(query) == []
    expected = {(named(before), named(now), *rest, "later") for (before, now), rest in CHANGES.items()}
    assert set(later.rows(query)) == expected


def test_a_build_on_top_gives_what_one_from_nothing_gives(later: Built) -> None:
    columns = "node, label, first_seen_at, linked_node, link_rule, link_seen_at"
    found = later.rows(f"select {columns} from intermediate.int_identity_labels where replaced_by is null order by all")
    with duckdb.connect(str(later.settings.warehouse)) as connection:
        anew = relabel(
            connection,
            nodes="intermediate.int_identity_nodes",
            edges="intermediate.int_identity_edges",
            before=None,
            built_at=AS_OF,
            run_id="anew",
        )
        assert anew.project(columns).order("all").fetchall() == found


def named(node: str) -> str:
    return md5(node.encode()).hexdigest()


def test_links_lead_from_every_identifier_to_the_first(built: Built) -> None:
    rows = built.rows(
        "select identifier_type || ' ' || identifier_value, person_id,"
        " linked_identifier_type || ' ' || linked_identifier_value, link_rule, link_seen_at"
        " from marts.bridge_person_identifier"
    )
    links = built.rows(
        "select left_identifier_type || ' ' || left_identifier_value,"
        " right_identifier_type || ' ' || right_identifier_value, person_id, rule, first_seen_at"
        " from marts.bridge_identity_link"
    )
    persons = {row[0]: row[1] for row in rows}
    following = {row[0]: row[2] for row in rows}
    assert len(links) == 10
    known: set[tuple[Any, ...]] = {(*sorted(link[:2]), *link[2:]) for link in links}
    for identifier, person, linked, rule, seen_at in rows:
        if linked:
            assert (*sorted([identifier, linked]), person, rule, seen_at) in known
        way = [identifier]
        while step := following[way[-1]]:
            assert step not in way
            way.append(step)
        assert persons[way[-1]] == person
    assert sum(linked is None for linked in following.values()) == len(set(persons.values()))
    assert following["contact_id 502"] in ("contact_id 501", "ga_client_id 111.2")

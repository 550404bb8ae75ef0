from __future__ import annotations

from tests.conftest import MainJob
from warehouse.connection import reader
from warehouse.document import PAGE, render
from warehouse.layout import PROJECT_ROOT
from warehouse.schema import objections, tables_of

_UNDESCRIBED = """
    select table_name, column_name from duckdb_columns() where schema_name = 'published' and coalesce(comment, '') = ''
    union all
    select table_name, '' from duckdb_tables() where schema_name = 'published' and coalesce(comment, '') = ''
    order by all
"""


def test_every_published_table_and_column_says_what_it_means(main_job: MainJob) -> None:
    assert main_job.published(_UNDESCRIBED) == []
    assert main_job.published("select count(*) > 150 from duckdb_columns() where schema_name = 'published'") == [
        (True,)
    ]


def test_the_committed_page_is_that_of_the_publication(main_job: MainJob) -> None:
    with reader(main_job.settings.publication) as connection:
        page = render(connection)
    assert PAGE.read_text(encoding="utf-8") == page, "run `python -m warehouse.document` and commit the page"


def test_a_change_of_the_columns_has_a_version_and_a_line_in_the_changelog(main_job: MainJob) -> None:
    changelog = (PROJECT_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    with reader(main_job.settings.publication) as connection:
        assert objections(tables_of(connection), changelog) == []

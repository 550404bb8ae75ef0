from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards.build import build
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.dashboard import Dashboard
from warehouse.publish import publish
from warehouse.settings import Business, Settings

# A channel whose name tries to leave every place where the page writes it.
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small warehouse, published, with a hostile channel name, and its page."""
    home = Path(tmp_path_factory.mktemp("home"))
    with duckdb.connect(str(build_warehouse(home / "warehouse.duckdb"))) as connection:
        connection.execute("update marts.channel_daily set channel = ? where channel = 'Organic Search'", [HOSTILE])
        connection.execute("update marts.fct_attribution set channel = ? where channel = 'Organic Search'", [HOSTILE])
        connection.execute("update semantic.kpi_advice set evidence = evidence || ?", [HOSTILE])
    settings = Settings(
        home=home, business=Business(name="Larkspur & Sons"), dashboard=Dashboard(language="en", also=("fr", "it"))
    )
    publish(
        settings,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=43,
        checks_total=44,
    )
    build(settings)
    return settings

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards.build import build
from tests.dashboards.world import furnish
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.dashboard import Dashboard
from warehouse.publish import publish
from warehouse.settings import Business, Settings


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small warehouse with parts of KPIs and a hostile channel name, published, and its pages."""
    home = Path(tmp_path_factory.mktemp("home"))
    with duckdb.connect(str(build_warehouse(home / "warehouse.duckdb"))) as connection:
        furnish(connection)
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

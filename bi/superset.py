"""The Superset bundle: a database, its datasets, charts and one dashboard an audience, ready to import.

It is made from the publication's own registry (`dim_kpi`) and comments. The same publication gives the same bytes, and
every thing in it keeps its UUID, so that a later import changes what is there and never doubles it. It holds no
password.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ruamel.yaml import YAML

from bi.contents import Contents
from bi.superset_charts import (
    Chart,
    advice_chart,
    anomalies_chart,
    campaigns_chart,
    channels_chart,
    kpi_chart,
    money_chart,
    publication_chart,
    scorecard_chart,
)
from bi.superset_datasets import VERSION, datasets, identity
from bi.superset_layout import position
from dashboards.cards import AUDIENCES
from warehouse.errors import ConfigurationError

ROOT = "kpi"
DATABASE = "Marketing KPIs"
# What Superset takes for "ask me": the import then wants the password, which is kept encrypted there.
_MASK = "XXXXXXXXXX"
# Members of a zip carry a time; a fixed one keeps the bytes the same.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def charts_of(contents: Contents, audience: str) -> list[Chart]:
    """The charts of an audience's dashboard, in the order in which they are read."""
    title, kpis = AUDIENCES[audience], contents.kpis_of(audience)
    split = [row for row in kpis if "channel" in [name.strip() for name in row["segments"].split(",")]]
    found = [publication_chart(), scorecard_chart(audience, title)]
    found += [kpi_chart(row, contents.currency) for row in kpis]
    money = [name for name in ("revenue", "marketing_cost") if name in contents.definitions]
    if audience == "ceo":
        found += [*([money_chart(money)] if money else []), advice_chart()]
    if split:
        found.append(channels_chart(audience, title, split))
    if audience == "channel_specialist":
        found.append(campaigns_chart())
    if audience != "ceo":
        found.append(anomalies_chart())
    return found


def bundle(contents: Contents, uri: str) -> dict[str, str]:
    """The files of the bundle by name. `uri` is the SQLAlchemy address of the publication or of its Postgres mirror.

    Raises ConfigurationError for an address that cannot be read, or of another kind of database.
    """
    files: dict[str, Any] = {
        # No `type`: so the dashboards' import page takes it, and the API for assets, which overwrites, does too.
        "metadata.yaml": {"version": VERSION, "timestamp": "1980-01-01T00:00:00+00:00"},
        "databases/publication.yaml": _database(uri),
    }
    for name, dataset in datasets(contents).items():
        files[f"datasets/publication/{name}.yaml"] = dataset
    for audience, title in AUDIENCES.items():
        shown = charts_of(contents, audience)
        files |= {chart.file: chart.content() for chart in shown}
        files[f"dashboards/{audience}.yaml"] = _dashboard(contents, audience, title, shown)
    return {f"{ROOT}/{name}": _yaml(content) for name, content in sorted(files.items())}


def write(files: Mapping[str, str], out: Path) -> Path:
    """Write the bundle as a zip where `out` ends in .zip, else as files below the folder `out`. Returns `out`."""
    if out.suffix == ".zip":
        out.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(out, "w", ZIP_DEFLATED) as archive:
            for name, text in files.items():
                member = ZipInfo(name, _EPOCH)
                member.compress_type = ZIP_DEFLATED
                archive.writestr(member, text)
        return out
    shutil.rmtree(out / ROOT, ignore_errors=True)
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return out


def _database(uri: str) -> dict[str, Any]:
    address, engine = _address(uri)
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": address,
        "cache_timeout": 60,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "metadata_params": {},
            "engine_params": engine,
            "metadata_cache_timeout": {},
            "schemas_allowed_for_csv_upload": [],
        },
        "uuid": identity("database", "publication"),
        "version": VERSION,
    }


def _address(uri: str) -> tuple[str, dict[str, Any]]:
    """The address as it may stand in a file, and what the engine is told beside it."""
    parts = urlsplit(uri)
    backend = parts.scheme.split("+")[0]
    if backend == "duckdb" and parts.path:
        # Superset opens a connection for each query (NullPool) and closes it, so that the next one finds the file
        # that the link names by then. Read-only, or the first query would lock the file for everybody else.
        return uri, {"connect_args": {"read_only": True}}
    if backend == "postgresql" and parts.hostname:
        user = f"{parts.username}:{_MASK}@" if parts.username else ""
        place = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=user + place).geturl(), {}
    raise ConfigurationError(
        f"--uri {parts.scheme or uri}...: is no address of the publication; write duckdb:////path/to/kpi.duckdb or "
        "postgresql+psycopg2://user@host:5432/database"
    )


def _dashboard(contents: Contents, audience: str, title: str, charts: list[Chart]) -> dict[str, Any]:
    return {
        "dashboard_title": f"{contents.business}: {title}",
        "description": f"What the {title} looks at; generated from the KPI registry, so change it there.",
        "slug": f"kpi-{audience.replace('_', '-')}",
        "css": "",
        "uuid": identity("dashboard", audience),
        "position": position(f"{contents.business}: {title}", charts),
        "metadata": {"color_scheme": "supersetColors", "refresh_frequency": 0, "native_filter_configuration": []},
        "published": True,
        "version": VERSION,
    }


def _yaml(content: Mapping[str, Any]) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 4096
    text = io.StringIO()
    writer.dump(content, text)
    return text.getvalue()

"""What the process that loads are forked from imports before; it starts no thread."""

from __future__ import annotations

import dlt
import dlt.destinations
import dlt.destinations.impl.duckdb.duck
import pyarrow.compute
import pyarrow.parquet

import tests.soak.loading
from ingestion import catalog

catalog.discover()
__all__ = ["dlt", "pyarrow", "tests"]

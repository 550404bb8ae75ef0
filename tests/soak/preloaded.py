"""What the process that loads are forked from imports before them: two seconds a load; it starts no thread."""

from __future__ import annotations

import importlib

import dlt
import dlt.destinations.impl.duckdb.duck
import google.oauth2.service_account
import pandas
import pyarrow.compute
import pyarrow.parquet
import sqlalchemy

import tests.soak.loading
from ingestion import catalog

for name in catalog.discover():
    importlib.import_module(f"ingestion.{name}.source")
__all__ = ["dlt", "google", "pandas", "pyarrow", "sqlalchemy", "tests"]

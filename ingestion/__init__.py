"""Sources that load what a vendor would show today into raw schemas; knows neither Dagster nor dbt."""

import os

from warehouse.layout import PROJECT_ROOT

# dlt looks for .dlt/config.toml (telemetry off) and .dlt/secrets.toml below this directory. Without it, it would look
# below the current one, and `kpi` may be called from anywhere.
os.environ.setdefault("DLT_PROJECT_DIR", str(PROJECT_ROOT))

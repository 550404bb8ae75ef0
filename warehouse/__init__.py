"""The DuckDB warehouse: settings, schema names, the one writer, and the publication that readers see."""

"""Sources that load what a vendor would show today into raw schemas; knows neither Dagster nor dbt."""

"""The steps of a refresh and their order, for the command line and for Dagster alike."""

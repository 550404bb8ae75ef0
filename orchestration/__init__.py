"""Dagster around the refresh steps; the only package that imports dagster."""

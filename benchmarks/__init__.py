"""Measures the product: run with `make bench`."""

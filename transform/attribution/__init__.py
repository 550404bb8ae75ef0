"""Attribution from data: Markov removal effects and Shapley values of channels, on counted journeys.

Pure arithmetic: neither dbt nor a database is known here. `docs/attribution.md` derives it.
"""

"""Proof before publication: expectations derived from sources and KPI blocks, judged by Great Expectations."""

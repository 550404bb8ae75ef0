"""HTML pages a audience, generated from the publication and the KPI registry."""

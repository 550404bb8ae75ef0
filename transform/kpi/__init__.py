"""The KPI layer: registry, MetricFlow compiler and store."""

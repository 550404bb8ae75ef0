"""What BI tools are given: bundles and descriptions made from the publication and its registry."""

"""Who is whom: connected components of identifiers, and what changed of them from build to build."""

"""One module a layer, each a function that gives its assets; `orchestration.definitions` puts them together."""

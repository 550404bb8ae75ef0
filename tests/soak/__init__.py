"""Long runs: `make soak`. Their short forms are in the test suite."""

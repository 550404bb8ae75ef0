"""`python -m ingestion.sandbox`: serve the sandbox."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ingestion.sandbox.server import DEFAULT_PORT, serve
from ingestion.sandbox.world import DEFAULT_SEED
from warehouse.errors import KpiError


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m ingestion.sandbox", description="Serve the simulated business.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free port")
    parser.add_argument("--port-file", type=Path, help="write the port here once requests are answered")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the parent does")
    options = parser.parse_args()
    try:
        serve(
            options.port,
            seed=options.seed,
            port_file=options.port_file,
            until_stdin_closes=options.until_stdin_closes,
        )
    except KpiError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

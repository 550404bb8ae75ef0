"""Markov attribution against the package ChannelAttribution on the same random paths: the largest difference in credit.

The package is no dependency of ours: it is installed into an environment that is thrown away, through the usual client
of the package index. It simulates journeys where we solve the chain, so what is left between the two is its noise; more
simulated journeys make it smaller.

    python -m benchmarks.markov [paths] [simulated journeys]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from transform.attribution.journeys import Counted
from transform.attribution.markov import removal_effects

PATHS, SIMULATED = 10_000, 1_000_000
ORDERS = (1, 2, 3)
# It imports matplotlib without naming it among what it needs.
PACKAGES = ("ChannelAttribution==2.2.5", "matplotlib")
# Read by the environment that has the package: rows on standard input, credited conversions by channel for each order.
_THEIRS = """
import json, sys
import pandas
from ChannelAttribution import markov_model

asked = json.load(sys.stdin)
rows = pandas.DataFrame(asked["rows"], columns=["path", "conversions", "lost"])
found = {}
for order in asked["orders"]:
    credit = markov_model(
        rows, "path", "conversions", var_null="lost", order=order, nsim_start=asked["simulated"], seed=1, verbose=False,
        flg_pro=False,
    )
    found[order] = dict(zip(credit["channel_name"], credit["total_conversions"].astype(float)))
print("found:" + json.dumps(found))
"""


def paths(count: int, seed: int = 7) -> list[Counted]:
    """So many random journeys over eight channels, of which some convert more often than others and more often late."""
    chance = np.random.default_rng(seed)
    channels = [f"channel {letter}" for letter in "ABCDEFGH"]
    popularity = chance.dirichlet(np.full(len(channels), 3.0))
    worth = chance.uniform(0.02, 0.12, len(channels))
    rows = []
    for length in chance.geometric(0.25, count):
        visits = chance.choice(len(channels), size=length, p=popularity)
        is_won = chance.random() < 1 - np.prod(1 - worth[visits])
        rows.append(Counted(tuple(channels[visit] for visit in visits), int(is_won), int(not is_won)))
    return rows


def ours(rows: list[Counted], order: int) -> dict[str, float]:
    """Share of the credit by channel."""
    effects = {effect.channel: effect.conversions for effect in removal_effects(rows, order)}
    total = sum(effects.values())
    return {channel: effect / total for channel, effect in effects.items()}


def theirs(rows: list[Counted], simulated: int) -> dict[int, dict[str, float]]:
    """The same by the package, for each order. Raises CalledProcessError where it cannot be installed or run."""
    with tempfile.TemporaryDirectory(prefix="kpi-markov-") as folder:
        environment, uv = Path(folder) / "venv", str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
        python = str(environment / "bin" / "python")
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PACKAGES], check=True)
        asked = {
            "rows": [(" > ".join(row.channels), row.conversions, row.non_conversions) for row in rows],
            "orders": ORDERS,
            "simulated": simulated,
        }
        output = subprocess.run(
            [python, "-c", _THEIRS], input=json.dumps(asked), check=True, capture_output=True, text=True
        ).stdout
    found = json.loads(next(line for line in output.splitlines() if line.startswith("found:")).removeprefix("found:"))
    return {
        int(order): {channel.strip(): credit / sum(credited.values()) for channel, credit in credited.items()}
        for order, credited in found.items()
    }


def main(say: Callable[[str], None] = print, count: int = PATHS, simulated: int = SIMULATED) -> None:
    rows = paths(count)
    say(
        f"{len(rows):,} paths, {len({row.channels for row in rows}):,} of them different, "
        f"{sum(row.conversions for row in rows):,} conversions; {PACKAGES[0]} with {simulated:,} simulated journeys"
    )
    try:
        found = theirs(rows, simulated)
    except subprocess.CalledProcessError as error:
        say(f"not compared, the package cannot be installed or run: {error}")
        return
    say("| order | largest difference of a channel's share | ours, CPU s |")
    say("|---:|---:|---:|")
    for order in ORDERS:
        started = time.process_time()
        shares = ours(rows, order)
        seconds = time.process_time() - started
        difference = max(abs(share - found[order].get(channel, 0.0)) for channel, share in shares.items())
        say(f"| {order} | {difference:.4f} | {seconds:.2f} |")


if __name__ == "__main__":
    match [int(argument) for argument in sys.argv[1:]]:
        case [number, journeys]:
            main(count=number, simulated=journeys)
        case [number]:
            main(count=number)
        case _:
            main()

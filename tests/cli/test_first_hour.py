from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cli.main import kpi

ROOT = Path(__file__).resolve().parents[2]
LINES = re.findall(r"^    (\S.+)$", (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8"), re.M)


def test_the_page_leads_through_the_demo_and_the_tool_and_the_reason() -> None:
    told = " ".join(LINES)
    assert all(words in told for words in ("make demo", "kpi bi superset", "kpi why-moved"))


@pytest.mark.parametrize("line", LINES)
def test_each_command_of_the_first_hour_is_there_with_its_options(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        return
    assert program == ".venv/bin/kpi"
    command: click.Command = kpi
    while isinstance(command, click.Group):
        context = click.Context(command)
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command = found
    # reads the arguments, and carries nothing out
    command.make_context(command.name, words)

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import run


def test_pages_are_written_checked_and_found_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path)]
    assert run(["docs", "--check", *folder]) == 1
    assert "stale" in capsys.readouterr().err
    assert run(["docs", *folder]) == 0
    assert run(["docs", "--check", *folder]) == 0
    (tmp_path / "cost_per_lead.md").write_text("# Old", encoding="utf-8")
    (tmp_path / "cost_per_smile.md").write_text("# Gone", encoding="utf-8")
    capsys.readouterr()
    assert run(["docs", "--check", *folder]) == 1
    line = capsys.readouterr().err
    assert "2 stale: cost_per_lead.md, cost_per_smile.md; run `kpi docs`" in line
    assert run(["docs", *folder]) == 0
    assert not (tmp_path / "cost_per_smile.md").exists()

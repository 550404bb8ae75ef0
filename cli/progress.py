"""How far a refresh is: a live line on a terminal, a plain line now and then in a file."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from ingestion.meter import Meter
    from refresh.run import StageReport

# A file gets its first line after so many seconds of a step, and the next ones after ever longer pauses.
FIRST_LINE, LONGEST_PAUSE = 15.0, 240.0


class Lines:
    """A line a step while a refresh runs, and what a long step is doing meanwhile."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._shown: Any = None
        self._ended = threading.Event()
        self._now: _Now | None = None

    def started(self, stage: str, subject: str) -> None:
        self._now = _Now(stage, subject)
        if self._screen.is_terminal:
            self._shown = self._screen.status(self._now)
            self._shown.start()
        else:
            self._ended = threading.Event()
            threading.Thread(target=self._tell, args=(self._now, self._ended), daemon=True).start()

    def loading(self, meter: Meter) -> None:
        if self._now:
            self._now.meter = meter

    def ended(self, report: StageReport) -> None:
        self.failed()
        self._screen.print(
            f"  {report.stage:<10}{report.subject:<22}{report.seconds:>7.1f} s {report.rows:>10,} rows"
            f"  [dim]{report.detail}[/dim]"
        )

    def failed(self) -> None:
        """Leave the line clean for what follows."""
        self._ended.set()
        if self._shown:
            self._shown.stop()
            self._shown = None

    def _tell(self, now: _Now, ended: threading.Event) -> None:
        pause = FIRST_LINE
        while not ended.wait(pause):
            self._screen.print(f"  {now.line()}", markup=False, soft_wrap=True)
            pause = min(LONGEST_PAUSE, pause * 2)


class _Now:
    """The step that is under way, as it is whenever somebody looks."""

    def __init__(self, stage: str, subject: str) -> None:
        self._title, self._started = f"{stage} {subject}", time.monotonic()
        self.meter: Meter | None = None

    def line(self) -> str:
        """One line without an end, such as `ingest ga4  12 s, 4,000 rows, 7 requests: traffic_daily ...`."""
        seconds = f"{self._title}  {time.monotonic() - self._started:.0f} s"
        told = self.meter.line() if self.meter else ""
        return f"{seconds}, {told}" if told else seconds

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(self.line(), overflow="ellipsis", no_wrap=True)

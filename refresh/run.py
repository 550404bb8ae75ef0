"""One refresh from the vendors to the publication, with a report a stage and a log a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from refresh import steps
from refresh.lock import exclusive
from refresh.measure import Meter
from refresh.plan import RefreshPlan
from warehouse.errors import KpiError

if TYPE_CHECKING:
    from ingestion.meter import Meter as LoadMeter
    from ingestion.pipeline import LoadReport
    from quality.checks import CheckResult
    from quality.gate import GateReport
    from transform.build import BuildReport

STAGES = ("ingest", "transform", "kpis", "checks", "publish")
T = TypeVar("T")


@dataclass(frozen=True)
class StageReport:
    """What one stage, or one step of a stage, did. `peak_memory_mb` is the process's peak while it ran."""

    stage: str
    subject: str
    seconds: float
    cpu_seconds: float
    rows: int
    peak_memory_mb: float
    detail: str = ""


@dataclass(frozen=True)
class RefreshReport:
    """A refresh that published. `held` says what of the publication is not new and why, a line a fault."""

    run_id: str
    stages: tuple[StageReport, ...]
    warnings: tuple[str, ...]
    published: steps.Published
    log: Path
    held: tuple[str, ...] = ()


class Progress(Protocol):
    """Hears of each step when it starts and when it has ended well."""

    def started(self, stage: str, subject: str) -> None: ...

    def loading(self, meter: LoadMeter) -> None:
        """The step that has started is a load: `meter` tells from then on how far it is."""

    def ended(self, report: StageReport) -> None: ...

    def failed(self) -> None: ...


class Silent:
    """A progress that tells nobody."""

    def started(self, stage: str, subject: str) -> None: ...

    def loading(self, meter: LoadMeter) -> None: ...

    def ended(self, report: StageReport) -> None: ...

    def failed(self) -> None: ...


def run(plan: RefreshPlan, progress: Progress | None = None, *, stages: Collection[str] = STAGES) -> RefreshReport:
    """Run the stages in order; "checks" and "publish" are always among them.

    A source that cannot be loaded, a failed data test and a failed check hold back what rests on them; all else is
    published. Raises the stage's KpiError where nothing can be, or ConfigurationError when another refresh of the same
    home is running; nothing is published then. The log of the run is written in any case.
    """
    from quality.gate import cool_down, warm_up

    recorder = _Recorder(plan, progress or Silent())
    with ExitStack() as stack:
        stack.enter_context(exclusive(plan.settings))
        stack.enter_context(recorder.logged())
        stack.callback(cool_down)
        steps.preflight(plan)
        if "ingest" in stages:
            _ingest(plan, recorder)
        warm_up()  # its import overlaps the build, which leaves a core free
        if "transform" in stages:
            build = recorder.step(
                "transform", "models and tests", lambda: steps.transform(plan), lambda done: _of_build(plan, done)
            )
            recorder.warnings.extend(build.warnings)
        if "kpis" in stages:
            recorder.step("kpis", "values and scorecard", lambda: steps.compute_kpis(plan), lambda rows: (rows, ""))
        gate = recorder.step("checks", "gate", lambda: steps.run_checks(plan), _of_gate)
        recorder.warnings.extend(warning_line(found) for found in gate.warnings)
        published = recorder.step("publish", "publication and pages", lambda: steps.publish(plan, gate), _of_published)
        recorder.published = published
        recorder.held = published.holds.lines
        recorder.warnings.extend(published.copied.warnings)
    return RefreshReport(
        plan.run_id, recorder.stages(), tuple(recorder.warnings), published, recorder.path, recorder.held
    )


def _ingest(plan: RefreshPlan, recorder: _Recorder) -> None:
    """Load every source. One that fails stops the others only where none is left, or nothing was published yet."""
    failures: list[KpiError] = []
    for source in plan.windows:
        work = partial(steps.ingest, plan, source, recorder.progress.loading)
        try:
            report = recorder.step("ingest", source, work, _of_load)
        except KpiError as error:
            failures.append(error)
            if len(failures) == len(plan.windows) or not plan.settings.publication.exists():
                raise failures[0] from None
            recorder.progress.failed()
            continue
        recorder.warnings.extend(f"{source}: {warning}" for warning in report.warnings)


def _of_load(report: LoadReport) -> tuple[int, str]:
    waits = f", {report.waits} waits of {report.wait_seconds:.0f} s" if report.waits else ""
    return report.rows, f"{report.requests} requests{waits}"


def _of_build(plan: RefreshPlan, report: BuildReport) -> tuple[int, str]:
    unit_tests = f", {report.unit_tests} unit tests" if report.unit_tests else ""
    rest = "; the others' inputs are as they were" if report.is_as_before else ""
    return steps.model_rows(plan), f"{report.models} models, {report.tests} data tests{unit_tests}{rest}"


def _of_gate(report: GateReport) -> tuple[int, str]:
    return report.total, f"{report.checks_passed}/{report.total} passed"


def warning_line(found: CheckResult) -> str:
    """What a person reads of a check that failed and did not stop the publication."""
    return f"{found.table}: check {found.name} found {found.value}, limit {found.limit}; {found.mend}"


def _of_published(published: steps.Published) -> tuple[int, str]:
    copied = f", {published.copied.detail}" if published.copied.detail else ""
    return sum(published.publication.rows.values()), f"{len(published.pages)} pages{copied}"


class _Recorder:
    """Times the steps, tells the progress, and writes the log of the run."""

    def __init__(self, plan: RefreshPlan, progress: Progress) -> None:
        self.plan = plan
        self.progress = progress
        self.steps: list[StageReport] = []
        self.warnings: list[str] = []
        self.held: tuple[str, ...] = ()
        self.published: steps.Published | None = None
        self.path = plan.settings.logs / f"{plan.run_id}.json"
        self.started_at = datetime.now(UTC)

    def step(self, stage: str, subject: str, work: Callable[[], T], describe: Callable[[T], tuple[int, str]]) -> T:
        self.progress.started(stage, subject)
        meter = Meter()
        result = work()
        rows, detail = describe(result)
        report = StageReport(stage, subject, meter.seconds, meter.cpu_seconds, rows, meter.peak_memory_mb, detail)
        self.steps.append(report)
        self.progress.ended(report)
        return result

    def stages(self) -> tuple[StageReport, ...]:
        """The steps summed a stage: seconds and rows added, memory the largest."""
        found = []
        for stage in STAGES:
            of_stage = [step for step in self.steps if step.stage == stage]
            if of_stage:
                subjects = str(len(of_stage)) if len(of_stage) > 1 else of_stage[0].subject
                found.append(
                    StageReport(
                        stage,
                        subjects,
                        sum(step.seconds for step in of_stage),
                        sum(step.cpu_seconds for step in of_stage),
                        sum(step.rows for step in of_stage),
                        max(step.peak_memory_mb for step in of_stage),
                    )
                )
        return tuple(found)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Write how the run ended; a log that the disk does not take holds back nothing that has been published."""
        try:
            yield
        except BaseException as error:
            self.progress.failed()
            if isinstance(error, KeyboardInterrupt):
                self._write("stopped", None)
            else:
                # The text of an unforeseen error may hold anything, so the log only names it.
                self._write("failed", str(error) if isinstance(error, KpiError) else type(error).__name__)
            raise
        self._write("published", None)

    def _write(self, status: str, error: str | None) -> None:
        plan = self.plan
        record = {
            "run_id": plan.run_id,
            "status": status,
            "error": error,
            "as_of": plan.as_of.isoformat(),
            "cadence": plan.cadence,
            "started_at": self.started_at.isoformat(),
            "ended_at": datetime.now(UTC).isoformat(),
            "windows": {name: [str(window.start), str(window.end)] for name, window in plan.windows.items()},
            "steps": [asdict(step) for step in self.steps],
            "warnings": self.warnings,
            "held": self.held,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        except OSError as failure:
            self.warnings.append(f"{self.path}: the log of the run was not written: {failure.strerror}")

"""The plan that all steps of one Dagster run share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TypeVar, cast

import dagster as dg
from pydantic import PrivateAttr

from ingestion.http import VendorUnavailable
from orchestration.costs import Cost, Metadata
from orchestration.schedules import asked_days
from orchestration.translators import key_of
from refresh.lock import exclusive
from refresh.plan import Cadence, RefreshPlan, last_complete_day, make_plan
from warehouse.errors import ConfigurationError, KpiError
from warehouse.layout import PUBLISHED
from warehouse.settings import as_of_now, load_settings

T = TypeVar("T")
PUBLICATION = key_of(f"{PUBLISHED}.publication")
# For a vendor that gave no answer, and for what nobody foresaw: after 2, 4 and 8 minutes, more or less.
RETRIES = dg.RetryPolicy(max_retries=3, delay=120, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
# Seconds that a run waits for a refresh that somebody started by hand.
_PATIENCE = 7200.0


class RefreshRun(dg.ConfigurableResource["RefreshRun"]):
    """One refresh. Its fields are the options of `kpi refresh`; settings and secrets are read when the run starts.

    A run of partitions reads their days, a run of a schedule what may have changed.
    """

    cadence: str | None = None
    start: str | None = None
    end: str | None = None
    as_of: str | None = None
    _plan: RefreshPlan | None = PrivateAttr(default=None)
    _costs: list[Cost] = PrivateAttr(default_factory=list)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[RefreshRun]:
        settings = load_settings()
        as_of = as_of_now(self.as_of)
        tags = context.run.tags if context.run else {}
        first, last = asked_days(tags, last_complete_day(settings, as_of)) or (None, None)
        with exclusive(settings, wait=_PATIENCE):
            plan = make_plan(
                settings,
                cadence=cast("Cadence | None", self.cadence),
                start=_day("start", self.start) or first,
                end=_day("end", self.end) or last,
                as_of=as_of,
                is_past_meant=bool(self.as_of),
            )
            # A second run of the same second, and a person who looks for a run in Dagster, both need Dagster's id.
            run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{(context.run_id or plan.run_id)[-6:]}"
            self._plan = RefreshPlan(run_id, plan.as_of, plan.cadence, plan.windows, settings)
            yield self

    @property
    def plan(self) -> RefreshPlan:
        if self._plan is None:
            raise RuntimeError("the plan is made when a run starts")
        return self._plan

    @property
    def costs(self) -> tuple[Cost, ...]:
        """What the steps of this run have cost so far."""
        return tuple(self._costs)

    def spent(self, cost: Cost) -> Metadata:
        """Keep what a step has cost for the summary, and give it as metadata."""
        self._costs.append(cost)
        return cost.metadata


def goes_on(context: dg.AssetExecutionContext, refresh: RefreshRun, error: KpiError) -> bool:
    """Whether a run that cannot load a source publishes the rest of it, as `kpi refresh` does.

    Not while the vendor may still answer one of the tries to come, not in a run that publishes nothing anyway, and not
    before the first publication, since there is no last good value yet.
    """
    if isinstance(error, VendorUnavailable) and context.retry_number < RETRIES.max_retries:
        return False
    publishes = PUBLICATION in context.job_def.asset_layer.executable_asset_keys
    return publishes and refresh.plan.settings.publication.exists()


def one_line(error: KpiError) -> dg.Failure:
    """The failure of a step as Dagster shows it. A vendor that gave no answer is asked again, by the step's policy;
    what a person has to mend is not tried again."""
    return dg.Failure(description=str(error), allow_retries=isinstance(error, VendorUnavailable))


def _day(field: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"run config: {field} = {text!r}: is no date; write one such as 2026-11-01") from None

"""What dates, baselines and positions say about the fits of a data set, for the status."""

from __future__ import annotations

from pystamps.doctor.checks_fits import check_fits, check_planes
from pystamps.doctor.prepared import take_stock_prepared
from pystamps.pipeline.plan import WorkflowPlan

_FITTING_STEPS = range(7, 9)


def words_about_fits(plan: WorkflowPlan) -> tuple[str, ...]:
    """Give one line for each fit that is weakly determined, or not at all.

    Parameters
    ----------
    plan : WorkflowPlan
        Of a data set; one that is still to be prepared has nothing to say.
    """
    if plan.preparation is not None and not plan.preparation.is_done:
        return ()
    prepared = take_stock_prepared(plan.root, plan.config, _FITTING_STEPS)
    return tuple(
        finding.found for check in (check_fits, check_planes) for finding in check(prepared)
    )

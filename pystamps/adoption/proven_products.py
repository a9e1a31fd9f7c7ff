"""Whether a product that no record is about is that of the results: computed again and compared.

``ps_plot`` of StaMPS leaves under the name of the velocity what was plotted last. Equal results are
equal tables of points, byte for byte.
"""

from __future__ import annotations

from pathlib import Path

from pystamps.adoption.proven_velocity import held_value_type
from pystamps.errors import ArtifactError
from pystamps.io.atomic import temporary_name
from pystamps.io.checksums import file_checksum
from pystamps.pipeline.entry.points import points_of_job
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.products.point_storage import POINT_FILE, write_point_table
from pystamps.progress import silent
from pystamps.stage_table import stage_named

UNPROVEN = "unproven"
"""Word for a product that is not that of the results, whatever it is."""


def other_content(plan: WorkflowPlan, target: StageTarget) -> str:
    """Tell in a word what a product holds; empty when it is that of the results and settings.

    Parameters
    ----------
    plan : WorkflowPlan
    target : StageTarget
        Of the product.
    """
    if Path(stage_named(target.stage).marker) == POINT_FILE:
        return "" if _is_table_of_results(plan, target) else UNPROVEN
    value_type = held_value_type(plan, target)
    return "" if value_type == plan.config.products.mean_velocity_type else value_type or UNPROVEN


def _is_table_of_results(plan: WorkflowPlan, target: StageTarget) -> bool:
    """Make the table of points again beside the one that lies there, and compare them."""
    path = plan.root / POINT_FILE
    job = StageJob(stage_named(target.stage), plan.root, plan.root, plan.config)
    temporary = temporary_name(path)
    try:
        write_point_table(temporary, points_of_job(job), silent)
        return file_checksum(temporary) == file_checksum(path)
    except ArtifactError:  # the results give no table
        return False
    finally:
        temporary.unlink(missing_ok=True)

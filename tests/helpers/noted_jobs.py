"""What a profile of a cluster makes of the jobs of a data set, asked from Snakemake itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from pystamps.pipeline.slurm_submission import SlurmNeeds
from pystamps.resources import workflow_directory

_PLUGINS = Path(__file__).with_name("noting_executor")
_OF_SCHEDULER = ("slurm-", "cluster-generic-")


def jobs_that_would_be_sent(
    root: Path, profile: str, scratch: Path, **changed: Any
) -> dict[str, SlurmNeeds]:
    """Give by name what every job asks for that a run would send; nothing is sent.

    Parameters
    ----------
    root : Path
        The data set.
    profile : str
        Its scheduler is replaced, the rest stays.
    scratch : Path
        A folder that does not exist yet.
    **changed : object
        Other values of the profile, ``_`` for ``-``.
    """
    file = workflow_directory() / "profiles" / profile / "config.yaml"
    settings = yaml.safe_load(file.read_text()) | {"executor": "noting"}
    settings |= {name.replace("_", "-"): value for name, value in changed.items()}
    kept = {name: v for name, v in settings.items() if not name.startswith(_OF_SCHEDULER)}
    scratch.mkdir()
    (scratch / "config.yaml").write_text(yaml.safe_dump(kept))
    path = os.pathsep.join([str(_PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])])
    noted = scratch / "jobs.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile"),
            *(str(workflow_directory() / "Snakefile"), "--workflow-profile", str(scratch)),
            *("--config", f"dataset={root}"),
        ],
        env=os.environ | {"PYTHONPATH": path, "NOTED_JOBS": str(noted)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert noted.is_file(), done.stderr[-3000:]
    needs = [SlurmNeeds(*fields) for fields in json.loads(noted.read_text())]
    return {item.name: item for item in needs}

"""An executor of Snakemake that sends nothing: it notes what the jobs of a run would ask for."""

from __future__ import annotations

import json
import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings

from pystamps.pipeline.cluster_start import needs_of_jobs

common_settings = CommonSettings(
    non_local_exec=True, implies_no_shared_fs=False, job_deploy_sources=False,
)  # fmt: skip


class Executor(RemoteExecutor):
    """Notes all jobs, in the file that NOTED_JOBS names, and fails the first one."""

    def __post_init__(self) -> None:
        dag = self.workflow.dag
        needs = [astuple(item) for item in needs_of_jobs(dag, dag.needrun_jobs())]
        Path(os.environ["NOTED_JOBS"]).write_text(json.dumps(needs))

    def run_job(self, job: Any) -> None:
        self.report_job_error(SubmittedJobInfo(job))

    async def check_active_jobs(self, active_jobs: Any) -> Any:
        for info in active_jobs:
            yield info

    def cancel_jobs(self, active_jobs: Any) -> None:
        pass

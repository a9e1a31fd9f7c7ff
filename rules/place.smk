# Where the data set (config: dataset) lies. On its own the workflow works in the data set, whose MAT
# files decide what runs. As a module of another workflow it works where that does, and the path of
# the data set stands before all files.
from pathlib import Path

from pystamps.config.yaml_files import refuse_misread_files
from pystamps.forked_jobs.spared_imports import load_when_used
from pystamps.installation import refuse_version_faults
from pystamps.pipeline.child_environment import leave_pandas_out, protect_jobs
from pystamps.pipeline.cluster_start import start_on_cluster
from pystamps.pipeline.placement import PlacedDataset
from pystamps.pipeline.planning_cost import plan_cheaply, plan_in_less_memory
from pystamps.pipeline.previous_results import PreviousResults, recover_results
from pystamps.rulekit import one_line_errors
from snakemake import sourcecache
from snakemake.common import overwrite_function_params
from snakemake.jobs import Job, Wildcards
from snakemake.resources import Resource
from snakemake.scheduling.job_scheduler import JobScheduler

protect_jobs()
if workflow.is_main_process:
    plan_cheaply(sourcecache, Resource, JobScheduler, overwrite_function_params)
    plan_in_less_memory(Job, guard=type(Wildcards().index))
    load_when_used("nbformat")  # Snakemake asks of every script if it is a notebook
IS_MODULE = not workflow.modifier.is_main_snakefile()

if not IS_MODULE:
    leave_pandas_out()

    configfile: str(Path(workflow.snakefile).resolve().parents[1] / "config" / "config.yaml")


with one_line_errors(WorkflowError):
    if workflow.is_main_process:
        refuse_version_faults()
    if not IS_MODULE:
        refuse_misread_files(workflow.configfiles)
    PLACED = PlacedDataset.from_mapping(config, moved=workflow.modifier.modify_path)

if not IS_MODULE:

    workdir: str(PLACED.root)

    PREVIOUS_RESULTS = PreviousResults(PLACED.root)
    if workflow.is_main_process:
        with one_line_errors(WorkflowError):
            recover_results(PLACED.root)

    onstart:
        with one_line_errors(WorkflowError):
            start_on_cluster(workflow, logger, PLACED.root)
            PREVIOUS_RESULTS.keep(workflow.dag.needrun_jobs())

    onsuccess:
        with one_line_errors(WorkflowError):
            PREVIOUS_RESULTS.settle()

    onerror:
        from pystamps.schedulers.cancelling import cancel_sent_jobs

        with one_line_errors(WorkflowError):
            cancel_sent_jobs(PLACED.root)
            PREVIOUS_RESULTS.settle()


module data_set:
    snakefile:
        workflow.current_basedir.join("data_set.smk")
    config:
        PLACED.settings
    prefix:
        PLACED.prefix

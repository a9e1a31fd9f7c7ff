# What all rules share: settings, patches, parameters and resources of a stage.
from pystamps.pipeline.name_pattern import pattern_of_names
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.planning_cost import known_to_snakemake
from pystamps.io.started_by import keep_command_line
from pystamps.pipeline.cluster_start import (
    COMPILER_THREADS,
    compiler_memory_mb,
    compiler_minutes,
    sources_of_kernels,
)
from pystamps.pipeline.patch_groups import patch_groups
from pystamps.pipeline.schedule import (
    do_jobs_take_turns,
    limits_of_jobs,
    refuse_missing_device,
    threads_of_patch_job,
)
from pystamps.pipeline.unwrap_parts import NETWORK, part_file, parts_asked_for
from pystamps.rulekit import one_line_errors
from snakemake.common import overwrite_function_params

with one_line_errors(WorkflowError):
    PLAN = WorkflowPlan.from_mapping(config)
    UNWRAPPED_PARTS = parts_asked_for()
    refuse_missing_device(PLAN.config.runtime)
    if workflow.is_main_process:  # jobs do without its imports
        from pystamps.pipeline.preflight import check_before_jobs

        check_before_jobs(PLAN)

keep_command_line()
if PLAN.replay and workflow.is_main_process:
    logger.info(PLAN.replay.summary())
FIGURES = PLAN.figures

# Limits of the settings hold beside those of the command line: the smaller one counts.
for RESOURCE, MOST in limits_of_jobs(PLAN.config.runtime).items():
    ALLOWED = workflow.global_resources.get(RESOURCE).value
    workflow.register_resource(RESOURCE, min(MOST, ALLOWED or MOST))


NETWORK_OF_PARTS = str(NETWORK)
"""What the jobs share among which stage 6 is divided."""

with_known_parameters = known_to_snakemake(overwrite_function_params)
group_of_patch = with_known_parameters(patch_groups(workflow, PLAN.patches))

IN_PATCH = "" if PLAN.is_one_patch else "{patch}/"
"""Folder of the files of stages 1 to 5."""


wildcard_constraints:
    patch=pattern_of_names(PLAN.patches) or "none",


@with_known_parameters
def candidate_files(wildcards):
    """Text and binary files of the candidates that exist in a patch."""
    return PLAN.candidate_files(wildcards.get("patch", ""))


def settings_of(rule):
    """Values of the settings that a rule uses; a change reruns just what depends on them."""
    return with_known_parameters(
        lambda wildcards: PLAN.settings(rule, wildcards.get("patch", ""))
    )


def of_all_patches(*names):
    """One file name in every patch, for each of several names."""
    return [f"{patch}/{name}" for name in names for patch in PLAN.patches]


def passed_on(rule, file):
    """Let a file of a rule go when the next one has read it, where the settings say so."""
    return temp(file) if PLAN.is_passed_on(rule) else file


def memory_mb(stage):
    """Memory that a stage needs for the data at hand; more when it is sent again."""
    return with_known_parameters(
        lambda wildcards, attempt, threads: PLAN.memory_mb(
            stage, wildcards.get("patch", ""), attempt, threads
        )
    )


def gpus():
    """GPUs of a stage whose kernels have CUDA versions."""
    return PLAN.gpus()


def runtime_minutes(stage):
    """Generous time limit of a stage for the data at hand; more when it is sent again."""
    return with_known_parameters(
        lambda wildcards, attempt: PLAN.runtime_minutes(
            stage, wildcards.get("patch", ""), attempt
        )
    )


@with_known_parameters
def root_threads(wildcards):
    """All cores: nothing else runs beside a stage on the merged data set.

    In a dry run without --cores Snakemake 9.17 to 9.23 have no number, and refuse to give it.
    """
    return workflow.global_resources["_cores"].value or 1


@with_known_parameters
def patch_threads(wildcards):
    """Cores shared evenly by the patches, or all of them if jobs take turns."""
    return threads_of_patch_job(
        PLAN.config.runtime,
        cores=root_threads(wildcards),
        n_patches=max(len(PLAN.patches), 1),
    )


@with_known_parameters
def figure_threads(wildcards):
    """One core, or all of them if jobs take turns."""
    return root_threads(wildcards) if do_jobs_take_turns(PLAN.config.runtime) else 1

# Figures of the report: they read MAT files and write one picture each. What a figure reads and
# writes stands in the stage table; here it gets its place in the report.
from pystamps.stage_table import expanded

CATEGORIES = {
    "velocity_map": ("Velocity", "Map", "mean velocity, and the plane in it"),
    "time_series": ("Velocity", "In time", "displacement of four points"),
    "coherence_histogram": ("Selection", "Phase", "temporal coherence of the pixels"),
    "dispersion_histogram": (
        "Selection",
        "Amplitude",
        "amplitude dispersion of the candidates",
    ),
    "baseline_plot": ("Stack", "Images", "dates and perpendicular baselines"),
    "interferogram_noise": ("Stack", "Interferograms", "noise of every interferogram"),
    "wrapped_panel": ("Interferograms", "Wrapped", "wrapped phase of the pixels"),
    "unwrapped_panel": ("Interferograms", "Unwrapped", "unwrapped phase of the pixels"),
    "assessment": (
        "Assessment",
        "Truth",
        "results against the truth of the simulation",
    ),
    "run_times": ("Run", "Resources", "wall time, memory and cores of every job"),
}
"""Category, subcategory and label of every figure."""


def map_and_numbers(picture):
    """First page of the report, which captions/workflow.rst asks for."""
    from pystamps.report_page.workflow_page import (
        workflow_page,
    )  # of reports, not of every job

    return workflow_page(PLAN.root, picture)


for FIGURE, (CATEGORY, SUBCATEGORY, LABEL) in CATEGORIES.items():
    RECORD = PLAN.stage(f"figure_{FIGURE}")

    rule:
        name:
            RECORD.name
        input:
            expanded(RECORD.inputs, patches=PLAN.patches, angle=PLAN.angle),
        output:
            report(
                *RECORD.outputs,
                caption=f"captions/{FIGURE}.rst",
                category=CATEGORY,
                subcategory=SUBCATEGORY,
                labels={"shows": LABEL},
            ),
        log:
            f"logs/{RECORD.name}.log",
        benchmark:
            f"benchmarks/{RECORD.name}.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: figure_threads
        resources:
            mem_mb=memory_mb(RECORD.name),
            runtime=runtime_minutes(RECORD.name),
            figures=1,
        script:
            "scripts/figure.py"

# Figures of the report: they read MAT files and write one picture each. What a figure reads and
# writes stands in the stage table; here it gets its place in the report.
from pystamps.stage_table import expanded

CATEGORIES = {
    "velocity_map": "Velocity",
    "time_series": "Velocity",
    "coherence_histogram": "Selection",
    "dispersion_histogram": "Selection",
    "baseline_plot": "Stack",
    "interferogram_noise": "Stack",
    "wrapped_panel": "Interferograms",
    "unwrapped_panel": "Interferograms",
    "assessment": "Assessment",
    "run_times": "Run",
}

for FIGURE, CATEGORY in CATEGORIES.items():
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
        script:
            "scripts/figure.py"

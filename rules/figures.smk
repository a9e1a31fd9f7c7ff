# Figures of the report: they read MAT files and write one picture each.


rule figure_velocity_map:
    input:
        ps="ps2.mat",
        mean_v="mean_v.mat",
    output:
        report(
            "figures/velocity_map.png",
            caption="captions/velocity_map.rst",
            category="Velocity",
        ),
    log:
        "logs/figure_velocity_map.log",
    benchmark:
        "benchmarks/figure_velocity_map.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_velocity_map"),
        runtime=runtime_minutes("figure_velocity_map"),
    script:
        "scripts/figure.py"


rule figure_time_series:
    input:
        ps="ps2.mat",
        phuw="phuw2.mat",
        scla="scla2.mat",
        mean_v="mean_v.mat",
    output:
        report(
            "figures/time_series.png",
            caption="captions/time_series.rst",
            category="Velocity",
        ),
    log:
        "logs/figure_time_series.log",
    benchmark:
        "benchmarks/figure_time_series.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_time_series"),
        runtime=runtime_minutes("figure_time_series"),
    script:
        "scripts/figure.py"


rule figure_coherence_histogram:
    input:
        candidates=of_all_patches("pm1.mat"),
        selected="pm2.mat",
    output:
        report(
            "figures/coherence_histogram.png",
            caption="captions/coherence_histogram.rst",
            category="Selection",
        ),
    log:
        "logs/figure_coherence_histogram.log",
    benchmark:
        "benchmarks/figure_coherence_histogram.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_coherence_histogram"),
        runtime=runtime_minutes("figure_coherence_histogram"),
    script:
        "scripts/figure.py"


rule figure_dispersion_histogram:
    input:
        candidates=of_all_patches("da1.mat"),
    output:
        report(
            "figures/dispersion_histogram.png",
            caption="captions/dispersion_histogram.rst",
            category="Selection",
        ),
    log:
        "logs/figure_dispersion_histogram.log",
    benchmark:
        "benchmarks/figure_dispersion_histogram.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_dispersion_histogram"),
        runtime=runtime_minutes("figure_dispersion_histogram"),
    script:
        "scripts/figure.py"


rule figure_baseline_plot:
    input:
        ps="ps2.mat",
    output:
        report(
            "figures/baseline_plot.png",
            caption="captions/baseline_plot.rst",
            category="Stack",
        ),
    log:
        "logs/figure_baseline_plot.log",
    benchmark:
        "benchmarks/figure_baseline_plot.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_baseline_plot"),
        runtime=runtime_minutes("figure_baseline_plot"),
    script:
        "scripts/figure.py"


rule figure_interferogram_noise:
    input:
        ps="ps2.mat",
        ifgstd="ifgstd2.mat",
    output:
        report(
            "figures/interferogram_noise.png",
            caption="captions/interferogram_noise.rst",
            category="Stack",
        ),
    log:
        "logs/figure_interferogram_noise.log",
    benchmark:
        "benchmarks/figure_interferogram_noise.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_interferogram_noise"),
        runtime=runtime_minutes("figure_interferogram_noise"),
    script:
        "scripts/figure.py"


rule figure_wrapped_panel:
    input:
        ps="ps2.mat",
        rc="rc2.mat",
    output:
        report(
            "figures/wrapped_panel.png",
            caption="captions/wrapped_panel.rst",
            category="Interferograms",
        ),
    log:
        "logs/figure_wrapped_panel.log",
    benchmark:
        "benchmarks/figure_wrapped_panel.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_wrapped_panel"),
        runtime=runtime_minutes("figure_wrapped_panel"),
    script:
        "scripts/figure.py"


rule figure_unwrapped_panel:
    input:
        ps="ps2.mat",
        phuw="phuw2.mat",
    output:
        report(
            "figures/unwrapped_panel.png",
            caption="captions/unwrapped_panel.rst",
            category="Interferograms",
        ),
    log:
        "logs/figure_unwrapped_panel.log",
    benchmark:
        "benchmarks/figure_unwrapped_panel.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_unwrapped_panel"),
        runtime=runtime_minutes("figure_unwrapped_panel"),
    script:
        "scripts/figure.py"


rule figure_assessment:
    input:
        truth="truth.h5",
        ps="ps2.mat",
        pm="pm2.mat",
        phuw="phuw2.mat",
        scla="scla2.mat",
        scn="scn2.mat",
        mean_v="mean_v.mat",
    output:
        report(
            "figures/assessment.png",
            caption="captions/assessment.rst",
            category="Assessment",
        ),
    log:
        "logs/figure_assessment.log",
    benchmark:
        "benchmarks/figure_assessment.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_assessment"),
        runtime=runtime_minutes("figure_assessment"),
    script:
        "scripts/figure.py"


rule figure_run_times:
    input:
        mean_v="mean_v.mat",
        space_time="uw_space_time.mat",
    output:
        report(
            "figures/run_times.png",
            caption="captions/run_times.rst",
            category="Run",
        ),
    log:
        "logs/figure_run_times.log",
    benchmark:
        "benchmarks/figure_run_times.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb("figure_run_times"),
        runtime=runtime_minutes("figure_run_times"),
    script:
        "scripts/figure.py"

# Results of the accuracy modes, beside those of StaMPS and in files of their own (accuracy: of the
# configuration, docs/accuracy_modes.md). With all modes off nothing of them is in the plan.

if PLAN.config.accuracy.modes.unwrap_model == "arcs":

    rule product_arc_cycles:
        input:
            *PLAN.inputs_of_mode("product_arc_cycles"),
            *PLAN.optional_inputs("product_arc_cycles"),
            ps="ps2.mat",
            rc="rc2.mat",
            pm="pm2.mat",
            bp="bp2.mat",
        output:
            cycles="accurate_arcs.mat",
        log:
            "logs/product_arc_cycles.log",
        benchmark:
            "benchmarks/product_arc_cycles.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("product_arc_cycles"),
            runtime=runtime_minutes("product_arc_cycles"),
            gpu=gpus(),
        params:
            settings=settings_of("product_arc_cycles"),
        script:
            "scripts/stage.py"


if PLAN.config.accuracy.has_own_phase:

    rule product_accurate_phase:
        input:
            *PLAN.inputs_of_mode("product_accurate_phase"),
            *PLAN.optional_inputs("product_accurate_phase"),
            ps="ps2.mat",
            bp="bp2.mat",
            phuw="phuw2.mat",
        output:
            phuw="accurate_uw.mat",
        log:
            "logs/product_accurate_phase.log",
        benchmark:
            "benchmarks/product_accurate_phase.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("product_accurate_phase"),
            runtime=runtime_minutes("product_accurate_phase"),
            gpu=gpus(),
        params:
            settings=settings_of("product_accurate_phase"),
        script:
            "scripts/stage.py"


if PLAN.config.accuracy.is_on:

    rule product_accurate_velocity:
        input:
            *PLAN.inputs_of_mode("product_accurate_velocity"),
            *PLAN.optional_inputs("product_accurate_velocity"),
            ps="ps2.mat",
            phuw="phuw2.mat",
            scla="scla2.mat",
        output:
            velocity="accurate_v.mat",
        log:
            "logs/product_accurate_velocity.log",
        benchmark:
            "benchmarks/product_accurate_velocity.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("product_accurate_velocity"),
            runtime=runtime_minutes("product_accurate_velocity"),
            gpu=gpus(),
        params:
            settings=settings_of("product_accurate_velocity"),
        script:
            "scripts/stage.py"

    rule product_accurate_series:
        input:
            *PLAN.inputs_of_mode("product_accurate_series"),
            *PLAN.optional_inputs("product_accurate_series"),
            ps="ps2.mat",
            phuw="phuw2.mat",
            scla="scla2.mat",
            velocity="accurate_v.mat",
        output:
            series="accurate_series.mat",
        log:
            "logs/product_accurate_series.log",
        benchmark:
            "benchmarks/product_accurate_series.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("product_accurate_series"),
            runtime=runtime_minutes("product_accurate_series"),
            gpu=gpus(),
        params:
            settings=settings_of("product_accurate_series"),
        script:
            "scripts/stage.py"

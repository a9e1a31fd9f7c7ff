# What comes before stage 6 where the phase is unwrapped twice (method: unwrap_iterations: 2). Its
# files have a folder of their own, so that the second pass has those of the first as inputs.

if PLAN.passes > 1:

    rule stage6_first_unwrap:
        input:
            *PLAN.optional_inputs("stage6_first_unwrap"),
            ps="ps2.mat",
            rc="rc2.mat",
            pm="pm2.mat",
            bp="bp2.mat",
        output:
            *PLAN.outputs_of_mode("stage6_first_unwrap"),
            *PLAN.optional_outputs("stage6_first_unwrap"),
            uw_grid="first_pass/uw_grid.mat",
            uw_interp="first_pass/uw_interp.mat",
            uw_phaseuw="first_pass/uw_phaseuw.mat",
            phuw="first_pass/phuw2.mat",
        log:
            "logs/stage6_first_unwrap.log",
        benchmark:
            "benchmarks/stage6_first_unwrap.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("stage6_first_unwrap"),
            runtime=runtime_minutes("stage6_first_unwrap"),
            gpu=gpus(),
        params:
            settings=settings_of("stage6_first_unwrap"),
        script:
            "scripts/stage.py"

    rule stage6_first_scla:
        input:
            *PLAN.optional_inputs("stage6_first_scla"),
            *PLAN.inputs_of_mode("stage6_first_scla"),
            ps="ps2.mat",
            bp="bp2.mat",
            phuw="first_pass/phuw2.mat",
        output:
            *PLAN.outputs_of_mode("stage6_first_scla"),
            scla="first_pass/scla2.mat",
        log:
            "logs/stage6_first_scla.log",
        benchmark:
            "benchmarks/stage6_first_scla.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("stage6_first_scla"),
            runtime=runtime_minutes("stage6_first_scla"),
            gpu=gpus(),
        params:
            settings=settings_of("stage6_first_scla"),
        script:
            "scripts/stage.py"

# Stage 0, when the configuration names a raw export: all patches in one pass over the images.

if PLAN.preparation:

    rule stage0_prep:
        input:
            PLAN.preparation.inputs(),
        output:
            PLAN.preparation.outputs(),
        log:
            "logs/stage0_prep.log",
        benchmark:
            "benchmarks/stage0_prep.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("stage0_prep"),
            runtime=runtime_minutes("stage0_prep"),
            io=1,
        params:
            settings=settings_of("stage0_prep"),
        script:
            "scripts/stage.py"

# Stages 5 to 8 of the merged data set. One that was combined from two others has no patches; where
# the root is the only patch, nothing is merged, and stage 5 ends with the noise of interferograms.

if PLAN.is_one_patch:

    rule stage5_merge:
        input:
            ps="ps2.mat",
            ph="ph2.mat",
            pm="pm2.mat",
            bp="bp2.mat",
        output:
            ifgstd="ifgstd2.mat",
        log:
            "logs/stage5_merge.log",
        benchmark:
            "benchmarks/stage5_merge.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("stage5_merge"),
            runtime=runtime_minutes("stage5_merge"),
            io=1,
        params:
            settings=settings_of("stage5_merge"),
        script:
            "scripts/stage.py"

elif PLAN.patches:

    rule stage5_merge:
        input:
            *PLAN.optional_inputs("stage5_merge"),
            artifacts=of_all_patches(
                "ps2.mat",
                "ph2.mat",
                "pm2.mat",
                "bp2.mat",
                "rc2.mat",
            ),
        output:
            *PLAN.optional_outputs("stage5_merge"),
            *PLAN.unread_outputs("stage5_merge"),
            ps="ps2.mat",
            pm="pm2.mat",
            rc="rc2.mat",
            bp="bp2.mat",
            ifgstd="ifgstd2.mat",
        log:
            "logs/stage5_merge.log",
        benchmark:
            "benchmarks/stage5_merge.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("stage5_merge"),
            runtime=runtime_minutes("stage5_merge"),
            io=1,
        params:
            settings=settings_of("stage5_merge"),
        script:
            "scripts/stage.py"


if PLAN.correction:

    rule correct_troposphere:
        input:
            *PLAN.optional_inputs("correct_troposphere"),
            ps="ps2.mat",
        output:
            *PLAN.outputs_of_mode("correct_troposphere"),
        log:
            "logs/correct_troposphere.log",
        benchmark:
            "benchmarks/correct_troposphere.tsv"
        conda:
            "../envs/pystamps.yaml"
        threads: root_threads
        resources:
            mem_mb=memory_mb("correct_troposphere"),
            runtime=runtime_minutes("correct_troposphere"),
        params:
            settings=settings_of("correct_troposphere"),
        script:
            "scripts/stage.py"


rule stage6_unwrap:
    input:
        *PLAN.optional_inputs("stage6_unwrap"),
        *UNWRAPPED_PARTS,
        ps="ps2.mat",
        rc="rc2.mat",
        pm="pm2.mat",
        bp="bp2.mat",
    output:
        *PLAN.outputs_of_mode("stage6_unwrap"),
        *PLAN.optional_outputs("stage6_unwrap"),
        uw_grid="uw_grid.mat",
        uw_interp="uw_interp.mat",
        uw_phaseuw="uw_phaseuw.mat",
        phuw="phuw2.mat",
    log:
        "logs/stage6_unwrap.log",
    benchmark:
        "benchmarks/stage6_unwrap.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("stage6_unwrap"),
        runtime=runtime_minutes("stage6_unwrap"),
        gpu=gpus(),
    params:
        settings=settings_of("stage6_unwrap"),
    script:
        "scripts/stage.py"


rule stage7_scla:
    input:
        *PLAN.optional_inputs("stage7_scla"),
        *PLAN.inputs_of_mode("stage7_scla"),
        ps="ps2.mat",
        bp="bp2.mat",
        phuw="phuw2.mat",
    output:
        *PLAN.outputs_of_mode("stage7_scla"),
        scla="scla2.mat",
    log:
        "logs/stage7_scla.log",
    benchmark:
        "benchmarks/stage7_scla.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("stage7_scla"),
        runtime=runtime_minutes("stage7_scla"),
        gpu=gpus(),
    params:
        settings=settings_of("stage7_scla"),
    script:
        "scripts/stage.py"


rule stage8_filter:
    input:
        *PLAN.optional_inputs("stage8_filter"),
        ps="ps2.mat",
        phuw="phuw2.mat",
        scla="scla2.mat",
        uw_grid="uw_grid.mat",
        uw_interp="uw_interp.mat",
    output:
        scn="scn2.mat",
        uw_space_time="uw_space_time.mat",
    log:
        "logs/stage8_filter.log",
    benchmark:
        "benchmarks/stage8_filter.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("stage8_filter"),
        runtime=runtime_minutes("stage8_filter"),
        gpu=gpus(),
    params:
        settings=settings_of("stage8_filter"),
    script:
        "scripts/stage.py"

# Stages 1 to 5 of one patch.


rule stage1_load:
    input:
        candidates=candidate_files,
    output:
        *PLAN.optional_outputs("stage1_load"),
        ps="{patch}/ps1.mat",
        ph="{patch}/ph1.mat",
        bp="{patch}/bp1.mat",
    log:
        "logs/{patch}/stage1_load.log",
    benchmark:
        "benchmarks/{patch}/stage1_load.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: patch_threads
    resources:
        mem_mb=memory_mb("stage1_load"),
        runtime=runtime_minutes("stage1_load"),
        io=1,
    params:
        settings=settings_of("stage1_load"),
    script:
        "scripts/stage.py"


rule stage2_gamma:
    input:
        *PLAN.optional_inputs("stage2_gamma"),
        ps="{patch}/ps1.mat",
        ph="{patch}/ph1.mat",
        bp="{patch}/bp1.mat",
    output:
        pm="{patch}/pm1.mat",
    log:
        "logs/{patch}/stage2_gamma.log",
    benchmark:
        "benchmarks/{patch}/stage2_gamma.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: patch_threads
    resources:
        mem_mb=memory_mb("stage2_gamma"),
        runtime=runtime_minutes("stage2_gamma"),
        gpu=gpus(),
    params:
        settings=settings_of("stage2_gamma"),
    script:
        "scripts/stage.py"


rule stage3_select:
    input:
        *PLAN.optional_inputs("stage3_select"),
        ps="{patch}/ps1.mat",
        ph="{patch}/ph1.mat",
        bp="{patch}/bp1.mat",
        pm="{patch}/pm1.mat",
    output:
        select="{patch}/select1.mat",
    log:
        "logs/{patch}/stage3_select.log",
    benchmark:
        "benchmarks/{patch}/stage3_select.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: patch_threads
    resources:
        mem_mb=memory_mb("stage3_select"),
        runtime=runtime_minutes("stage3_select"),
        gpu=gpus(),
    params:
        settings=settings_of("stage3_select"),
    script:
        "scripts/stage.py"


rule stage4_weed:
    input:
        *PLAN.optional_inputs("stage4_weed"),
        ps="{patch}/ps1.mat",
        ph="{patch}/ph1.mat",
        select="{patch}/select1.mat",
    output:
        weed="{patch}/weed1.mat",
    log:
        "logs/{patch}/stage4_weed.log",
    benchmark:
        "benchmarks/{patch}/stage4_weed.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: patch_threads
    resources:
        mem_mb=memory_mb("stage4_weed"),
        runtime=runtime_minutes("stage4_weed"),
        gpu=gpus(),
    params:
        settings=settings_of("stage4_weed"),
    script:
        "scripts/stage.py"


rule stage5_correct:
    input:
        *PLAN.optional_inputs("stage5_correct"),
        ps="{patch}/ps1.mat",
        ph="{patch}/ph1.mat",
        bp="{patch}/bp1.mat",
        pm="{patch}/pm1.mat",
        select="{patch}/select1.mat",
        weed="{patch}/weed1.mat",
    output:
        *PLAN.optional_outputs("stage5_correct"),
        ps="{patch}/ps2.mat",
        ph="{patch}/ph2.mat",
        pm="{patch}/pm2.mat",
        bp="{patch}/bp2.mat",
        rc="{patch}/rc2.mat",
    log:
        "logs/{patch}/stage5_correct.log",
    benchmark:
        "benchmarks/{patch}/stage5_correct.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: patch_threads
    resources:
        mem_mb=memory_mb("stage5_correct"),
        runtime=runtime_minutes("stage5_correct"),
        io=1,
    params:
        settings=settings_of("stage5_correct"),
    script:
        "scripts/stage.py"

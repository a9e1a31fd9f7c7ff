# Stages 1 to 5 of one patch. The root may be the only patch (IN_PATCH is empty then).


rule stage1_load:
    input:
        candidates=candidate_files,
    output:
        *PLAN.optional_outputs("stage1_load"),
        ps=f"{IN_PATCH}ps1.mat",
        ph=f"{IN_PATCH}ph1.mat",
        bp=f"{IN_PATCH}bp1.mat",
    log:
        f"logs/{IN_PATCH}stage1_load.log",
    benchmark:
        f"benchmarks/{IN_PATCH}stage1_load.tsv"
    group:
        group_of_patch
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
        ps=f"{IN_PATCH}ps1.mat",
        ph=f"{IN_PATCH}ph1.mat",
        bp=f"{IN_PATCH}bp1.mat",
    output:
        pm=f"{IN_PATCH}pm1.mat",
    log:
        f"logs/{IN_PATCH}stage2_gamma.log",
    benchmark:
        f"benchmarks/{IN_PATCH}stage2_gamma.tsv"
    group:
        group_of_patch
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
        ps=f"{IN_PATCH}ps1.mat",
        ph=f"{IN_PATCH}ph1.mat",
        bp=f"{IN_PATCH}bp1.mat",
        pm=f"{IN_PATCH}pm1.mat",
    output:
        select=f"{IN_PATCH}select1.mat",
    log:
        f"logs/{IN_PATCH}stage3_select.log",
    benchmark:
        f"benchmarks/{IN_PATCH}stage3_select.tsv"
    group:
        group_of_patch
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
        ps=f"{IN_PATCH}ps1.mat",
        ph=f"{IN_PATCH}ph1.mat",
        select=f"{IN_PATCH}select1.mat",
    output:
        weed=f"{IN_PATCH}weed1.mat",
    log:
        f"logs/{IN_PATCH}stage4_weed.log",
    benchmark:
        f"benchmarks/{IN_PATCH}stage4_weed.tsv"
    group:
        group_of_patch
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
        ps=f"{IN_PATCH}ps1.mat",
        ph=f"{IN_PATCH}ph1.mat",
        bp=f"{IN_PATCH}bp1.mat",
        pm=f"{IN_PATCH}pm1.mat",
        select=f"{IN_PATCH}select1.mat",
        weed=f"{IN_PATCH}weed1.mat",
    output:
        *(
            passed_on("stage5_correct", file)
            for file in PLAN.optional_outputs("stage5_correct")
        ),
        ps=passed_on("stage5_correct", f"{IN_PATCH}ps2.mat"),
        ph=passed_on("stage5_correct", f"{IN_PATCH}ph2.mat"),
        pm=passed_on("stage5_correct", f"{IN_PATCH}pm2.mat"),
        bp=passed_on("stage5_correct", f"{IN_PATCH}bp2.mat"),
        rc=passed_on("stage5_correct", f"{IN_PATCH}rc2.mat"),
    log:
        f"logs/{IN_PATCH}stage5_correct.log",
    benchmark:
        f"benchmarks/{IN_PATCH}stage5_correct.tsv"
    group:
        group_of_patch
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

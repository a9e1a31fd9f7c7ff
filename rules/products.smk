# What users take away: one rule per product.


rule product_mean_velocity:
    input:
        *PLAN.inputs_of_mode("product_mean_velocity"),
        *PLAN.optional_inputs("product_mean_velocity"),
        ps="ps2.mat",
        phuw="phuw2.mat",
        scla="scla2.mat",
        scn="scn2.mat",
    output:
        mean_v="mean_v.mat",
    log:
        "logs/product_mean_velocity.log",
    benchmark:
        "benchmarks/product_mean_velocity.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("product_mean_velocity"),
        runtime=runtime_minutes("product_mean_velocity"),
    params:
        settings=settings_of("product_mean_velocity"),
    script:
        "scripts/stage.py"


rule product_points:
    input:
        *PLAN.inputs_of_mode("product_points"),
        *PLAN.optional_inputs("product_points"),
        ps="ps2.mat",
        pm="pm2.mat",
        phuw="phuw2.mat",
        scla="scla2.mat",
        scn="scn2.mat",
    output:
        points="products/ps.h5",
    log:
        "logs/product_points.log",
    benchmark:
        "benchmarks/product_points.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("product_points"),
        runtime=runtime_minutes("product_points"),
        io=1,
    params:
        settings=settings_of("product_points"),
    script:
        "scripts/stage.py"

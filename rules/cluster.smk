# What only runs on a cluster need: pystamps run --profile asks for it before anything else.


rule compile_kernels:
    output:
        ".pystamps/compiled_kernels.json",
    log:
        "logs/compile_kernels.log",
    benchmark:
        "benchmarks/compile_kernels.tsv"
    conda:
        "../envs/pystamps.yaml"
    threads: COMPILER_THREADS
    resources:
        mem_mb=compiler_memory_mb,
        runtime=compiler_minutes,
    params:
        kernels=lambda wildcards: sources_of_kernels(),
    script:
        "scripts/compile_kernels.py"

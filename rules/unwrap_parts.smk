# Interferograms of stage 6 as jobs of their own. pystamps run asks for them, and decides how many;
# without it stage 6 is one job.


rule stage6_grid:
    input:
        *PLAN.optional_inputs("stage6_unwrap"),
        ps="ps2.mat",
        rc="rc2.mat",
        pm="pm2.mat",
        bp="bp2.mat",
    output:
        network=NETWORK_OF_PARTS,
    log:
        "logs/stage6_grid.log",
    benchmark:
        "benchmarks/stage6_grid.tsv"
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
        "scripts/unwrap_part.py"


rule stage6_part:
    input:
        network=NETWORK_OF_PARTS,
    output:
        part=part_file("{part}", "{parts}"),
    log:
        "logs/stage6_part_{part}_of_{parts}.log",
    benchmark:
        "benchmarks/stage6_part_{part}_of_{parts}.tsv"
    wildcard_constraints:
        part=r"\d+",
        parts=r"\d+",
    conda:
        "../envs/pystamps.yaml"
    threads: root_threads
    resources:
        mem_mb=memory_mb("stage6_unwrap"),
        runtime=runtime_minutes("stage6_unwrap"),
    params:
        settings=settings_of("stage6_unwrap"),
    script:
        "scripts/unwrap_part.py"

from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage6 import stage6_unwrap

    stage6_unwrap(job.directory, job.config)

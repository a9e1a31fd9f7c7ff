from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage0 import stage0_prepare

    stage0_prepare(job.directory, job.config)

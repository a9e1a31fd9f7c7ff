from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage3 import stage3_select_ps

    stage3_select_ps(job.directory, job.config)

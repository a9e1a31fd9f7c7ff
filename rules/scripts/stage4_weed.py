from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage4 import stage4_weed_ps

    stage4_weed_ps(job.directory, job.config)

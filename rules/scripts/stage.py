from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.stage_table import stage_named

    stage_named(job.stage).load()(job.directory, job.config)

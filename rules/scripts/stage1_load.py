from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage1 import stage1_load_initial

    stage1_load_initial(job.directory, job.config)

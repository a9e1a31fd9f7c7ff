from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.mean_velocity import product_mean_velocity

    product_mean_velocity(job.directory, job.config)

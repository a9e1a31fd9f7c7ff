from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma

    stage2_estimate_gamma(job.directory, job.config)

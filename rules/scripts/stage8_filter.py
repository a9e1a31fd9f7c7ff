from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage8 import stage8_filter_scn

    stage8_filter_scn(job.directory, job.config)

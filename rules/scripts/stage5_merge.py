from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage5 import stage5_merge_and_ifgstd

    stage5_merge_and_ifgstd(job.directory, job.config)

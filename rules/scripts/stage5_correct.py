from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage5 import stage5_correct_and_promote

    stage5_correct_and_promote(job.directory, job.config)

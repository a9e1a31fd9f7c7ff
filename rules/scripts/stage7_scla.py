from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage7 import stage7_calc_scla

    stage7_calc_scla(job.directory, job.config)

from pystamps.rulekit import end_job_process, rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.replaying import run_or_replay_stage
    from pystamps.stage_table import stage_named

    run_or_replay_stage(stage_named(job.stage), job.directory, job.config)

end_job_process(snakemake)

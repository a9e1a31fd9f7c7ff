from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.replaying import run_or_replay_stage
    from pystamps.stage_table import stage_named

    run_or_replay_stage(stage_named(job.stage), job.directory, job.config)

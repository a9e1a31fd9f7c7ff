from pystamps.rulekit import end_job_process, rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.compiling import compile_for_jobs

    compile_for_jobs(job.config.dataset, str(job.output[0]), snakemake.threads)

end_job_process()

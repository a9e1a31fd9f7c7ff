from pystamps.rulekit import end_job_process, rule_job

with rule_job(snakemake) as job:
    from pystamps.pipeline.entry.stage6_parts import unwrap_part, write_network

    if job.stage == "stage6_grid":
        write_network(job.directory, job.config)
    else:
        part, count = (int(snakemake.wildcards[name]) for name in ("part", "parts"))
        unwrap_part(job.directory, job.config, part=part, count=count)

end_job_process()

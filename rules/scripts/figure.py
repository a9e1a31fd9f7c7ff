from pathlib import Path

from pystamps.rulekit import end_job_process, rule_job

with rule_job(snakemake) as job:
    from pystamps.figures.draw import draw_figure
    from pystamps.pipeline.verified_inputs import verified_inputs
    from pystamps.stage_table import stage_named

    verified_inputs(job.directory, stage_named(job.stage), "")
    name = job.stage.removeprefix("figure_")
    draw_figure(name, job.directory, Path(job.output[0]), stamps=job.config.stamps)

end_job_process()

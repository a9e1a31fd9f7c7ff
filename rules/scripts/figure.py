from pathlib import Path

from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    from pystamps.figures.draw import draw_figure

    name = job.stage.removeprefix("figure_")
    draw_figure(name, job.directory, Path(job.output[0]), stamps=job.config.stamps)

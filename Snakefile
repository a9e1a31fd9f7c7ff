# Persistent-scatterer InSAR: stages 1 to 8 of StaMPS on one data set.
# The data set (config: dataset) is the working directory; its MAT files decide what runs.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


configfile: str(Path(workflow.basedir, "config", "config.yaml"))


include: "rules/common.smk"


workdir: str(RUN.dataset)


report: "rules/captions/workflow.rst"


include: "rules/prep.smk"
include: "rules/patch.smk"
include: "rules/merged.smk"
include: "rules/products.smk"
include: "rules/figures.smk"


rule all:
    default_target: True
    input:
        PLAN.results,
        FIGURES,

# All rules of one data set. Their files are relative to it.
include: "common.smk"


report: "captions/workflow.rst"


rule all:
    input:
        PLAN.results,
        FIGURES,
    localrule: True


include: "prep.smk"
include: "patch.smk"
include: "first_pass.smk"
include: "merged.smk"
include: "accuracy.smk"
include: "unwrap_parts.smk"
include: "products.smk"
include: "figures.smk"
include: "cluster.smk"

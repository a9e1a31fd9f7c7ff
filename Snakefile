# Persistent-scatterer InSAR: stages 1 to 8 of StaMPS on one data set.
from snakemake.utils import min_version

min_version("9.17")


include: "rules/place.smk"


use rule * from data_set

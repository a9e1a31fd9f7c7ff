"""Jobs as forks of one process that has loaded everything, on one machine with Linux.

Snakemake starts an interpreter for every job of a rule, and where the work is small, most of a run
is imports. Here a server (:mod:`pystamps.forked_jobs.server`) imports what the stages need while
Snakemake builds its graph; an executor of Snakemake sends it an order per job, and it forks. What
a rule is, its script, log, benchmark and threads stay as they are.
"""

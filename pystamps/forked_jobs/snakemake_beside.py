"""Snakemake, with a server of jobs that gets ready while the graph is built.

    python -m pystamps.forked_jobs.snakemake_beside ARGUMENT...

The arguments are those of Snakemake. What the server has to know stands in variables
(:func:`pystamps.forked_jobs.client.variables_of_server`).
"""

from __future__ import annotations

import runpy

from pystamps.forked_jobs import ready_server
from pystamps.forked_jobs.client import server_of_variables
from pystamps.forked_jobs.records_in_files import keep_records_in_files
from pystamps.forked_jobs.spared_imports import spare_imports_of_snakemake

if __name__ == "__main__":
    ready_server.SERVER = server_of_variables()
    spare_imports_of_snakemake()
    keep_records_in_files()
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)

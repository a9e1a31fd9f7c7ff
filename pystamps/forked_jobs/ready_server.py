"""The server of jobs of this process, where one has been started before Snakemake."""

from __future__ import annotations

from pystamps.forked_jobs.client import JobServer

SERVER: JobServer | None = None

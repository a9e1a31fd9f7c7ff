"""The files that a run of thousands of patches asks for fit no command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pystamps.pipeline.driver import within_limits

SNAKEMAKE = [sys.executable, "-m", "snakemake"]
SNAKEFILE = """
rule patch:
    output: touch("{name}.mat")
"""


def test_a_short_command_stays_as_it_is(tmp_path: Path) -> None:
    command = [*SNAKEMAKE, "--cores", "1", "--", "a.mat"]
    assert within_limits(command, tmp_path) == command


def test_snakemake_makes_what_a_command_of_a_megabyte_asks_for(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    targets = ["a.mat"] * 200_000
    command = [*SNAKEMAKE, "--cores", "1", "--quiet", "all", "--", *targets]
    short = within_limits(command, tmp_path)
    assert sum(map(len, short)) < 1000
    done = subprocess.run(short, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "a.mat").is_file()

"""Run ``snakemake --lint`` on a small simulated data set; the rules are read with real data."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "dataset")
        simulate_dataset(root, PRESETS["tiny"])
        snakefile = str(workflow_directory() / "Snakefile")
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--lint"]
        return subprocess.run([*command, "--config", f"dataset={root}"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

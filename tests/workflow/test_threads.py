"""A job uses the threads that the workflow gives it, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pystamps.config import KernelSettings, RunConfig

SNAKEFILE = """
configfile: "config.json"
rule busy:
    output: "threads.json"
    log: "busy.log"
    threads: 1
    script: "busy.py"
"""

BUSY = """
from pystamps.rulekit import rule_job

with rule_job(snakemake) as job:
    import json, resource
    from pathlib import Path
    import numba, numpy as np, scipy.fft
    from pystamps_kernels.host.tasks import thread_count
    from pystamps.kernel_checks.inputs import run_kernel, typical

    for kernel in ("stage2_topofit", "stage4_edge_stats", "stage7_scla"):
        run_kernel(kernel, typical(kernel, 40000), job.config.kernel_choice)
    square = np.random.default_rng(0).random((700, 700))
    for _ in range(5):
        square = square @ square / 700
    np.linalg.svd(square[:300, :300])
    scipy.fft.fft2(square)
    main, all_of_them = (
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_THREAD, resource.RUSAGE_SELF)
    )  # threads that have ended count among all
    Path(snakemake.output[0]).write_text(json.dumps({
        "main": 100 * main,
        "others": 100 * (all_of_them - main),
        "kernels": thread_count(),
        "pool": numba.config.NUMBA_NUM_THREADS,
        "configured": job.config.kernels.native_threads,
    }))
"""


def run_workflow(folder: Path, config: RunConfig) -> dict[str, int]:
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "busy.py").write_text(BUSY)
    (folder / "config.json").write_text(json.dumps(config.to_mapping()))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "threads.json").read_text())


@pytest.mark.workflow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the time of one thread")
def test_a_rule_with_one_thread_uses_one_thread(tmp_path):
    """Numba, BLAS and Fourier transforms together: no other thread gets any work."""
    used = run_workflow(tmp_path, RunConfig(tmp_path))
    assert used["main"] > 20  # hundredths of a second: there was work to share
    assert used["others"] <= 2
    assert (used["kernels"], used["pool"], used["configured"]) == (1, 1, 1)


JOB = """
import json, sys
from types import SimpleNamespace
from pystamps.rulekit import rule_job

snakemake = SimpleNamespace(
    config=json.loads(sys.argv[1]), log=["busy.log"], threads=1, wildcards={}, output={}
)
with rule_job(snakemake) as job:
    print(job.config.kernels.native_threads)
"""


@pytest.mark.parametrize(("wanted", "used"), [(2, 2), (0, 1)])
def test_a_number_of_threads_in_the_settings_wins_over_that_of_the_rule(tmp_path, wanted, used):
    config = RunConfig(tmp_path, kernels=KernelSettings(native_threads=wanted))
    done = subprocess.run(
        [sys.executable, "-c", JOB, json.dumps(config.to_mapping())],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(used)]

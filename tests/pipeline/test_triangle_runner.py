"""The package triangle runs in a process of its own: however it fails, the stage says so."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from pystamps.errors import ExternalProgramError
from pystamps.pipeline import triangle_runner
from pystamps.pipeline.triangle_runner import triangle_arcs
from pystamps.stages.network import delaunay_edges

PLACES = np.random.default_rng(3).uniform(0, 100, (2, 40))

FAILURES = {
    "an exit status": ("print('bad luck', flush=True); os._exit(3)", r"exit status 3 \(bad luck\)"),
    "a good exit without result": ("os._exit(0)", "it has left no arcs"),
    "a signal": ("os.kill(os.getpid(), 11)", "ended by signal 11, SIGSEGV"),
    "silence": ("time.sleep(600)", "said nothing for 0.02 minutes"),
    "silence of its child": ("subprocess.run(['sleep', '600'])", "said nothing for 0.02 minutes"),
    "an exception": ("1 / 0", "exit status 1 .*ZeroDivisionError"),
    "no numbers": ("return {'edges': np.full((100, 2), np.nan)}", "expected pairs of whole"),
    "zeros": ("return {'edges': np.zeros((100, 2), int)}", "1 of them different"),
    "a wrong size": ("return {'edges': np.zeros((3, 2), int)}", "gave 3 arcs, expected 77 to 114"),
    "objects": ("return {'edges': np.array([print, None], object)}", "allow_pickle"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_is_one_message_and_leaves_nothing(tmp_path, monkeypatch, kind):
    body, found = FAILURES[kind]
    (tmp_path / "triangle.py").write_text(
        "import os, subprocess, time\nimport numpy as np\n"
        f"def triangulate(given, switches):\n    {body}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    patience = 0.02 if "said nothing" in found else 5  # a busy machine is slow, not silent
    triangulate = partial(triangle_arcs, silence_minutes=patience)
    with pytest.raises(ExternalProgramError, match=f"40 pixels.*{found}"):
        delaunay_edges(*PLACES, triangulate=triangulate)
    assert not list(scratch.iterdir())
    assert not [process for process in psutil.process_iter() if is_in(process, scratch)]


def is_in(process, folder):
    try:
        return Path(process.cwd().removesuffix(" (deleted)")).is_relative_to(folder)
    except psutil.Error:
        return False


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(triangle_runner, "find_spec", lambda _: None)
    with pytest.raises(ExternalProgramError, match="pip install triangle"):
        triangle_arcs(PLACES.T, silence_minutes=1)

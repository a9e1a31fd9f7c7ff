"""One record per backend: whoever lists, chooses or compares backends takes them from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.config.groups import all_settings
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels import (
    AUTO,
    BACKENDS,
    Backend,
    BackendUnavailableError,
    KernelChoice,
    backend_settings,
    backends_of,
)

KERNEL = "stage2_histogram"
TOY = """
from pystamps_kernels.stage2_histogram.reference import stage2_histogram as plain

def stage2_histogram(values, edges):
    return plain(values, edges)
"""


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Add a backend as a developer would: its record, and its module for one kernel."""
    (tmp_path / "toy.py").write_text(TOY)
    package = import_module(f"pystamps_kernels.{KERNEL}")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setitem(BACKENDS, "toy", Backend("toy", "toy", "the reference by another name"))
    backends_of.cache_clear()
    yield "toy"
    sys.modules.pop(f"pystamps_kernels.{KERNEL}.toy", None)
    backends_of.cache_clear()


def test_a_new_backend_can_be_chosen(toy):
    arguments = typical(KERNEL, 50)
    (found,) = run_kernel(KERNEL, arguments, KernelChoice(toy))
    (plain,) = run_kernel(KERNEL, arguments, KernelChoice("python"))
    np.testing.assert_array_equal(found, plain)
    assert backends_of(KERNEL)[-1] == toy
    assert AUTO.backend_of(KERNEL, 10) == "native"
    with pytest.raises(BackendUnavailableError, match="stage7_scla has no backend 'toy'"):
        run_kernel("stage7_scla", typical("stage7_scla", 5), KernelChoice(toy))


def test_a_new_device_is_taken_where_the_work_is_large_enough(toy, monkeypatch):
    device = Backend(toy, toy, "a device", is_device=True)
    monkeypatch.setitem(BACKENDS, toy, device)
    monkeypatch.setitem(BACKENDS, "cuda", Backend("cuda", "cuda", "", lambda: "no", is_device=True))
    assert AUTO.backend_of(KERNEL) == toy
    assert AUTO.backend_of(KERNEL, 10) == "native"
    choice = KernelChoice(toy)
    assert choice.names_a_device()
    assert choice.backend_of("stage7_simplex_l1") == "native"


def test_describe_backends_lists_a_new_one(toy):
    found = json.loads(CliRunner().invoke(main, ["describe-backends", "--json"]).output)
    assert found["backends"][toy] == {"meaning": "the reference by another name", "problem": None}
    assert found["kernels"][KERNEL]["backends"][-1] == toy
    text = CliRunner().invoke(main, ["describe-backends"]).output
    assert "the reference by another name" in text


def test_check_kernels_compares_a_new_one(toy):
    given = ["check-kernels", "--kernel", KERNEL, "--json"]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 0, done.output
    assert toy in [found["backend"] for found in json.loads(done.output)]


def test_settings_take_their_choices_from_the_records():
    given = {s.name: s.info.choices for s in all_settings() if s.group == "kernels"}
    chosen = {name: choices for name, choices in given.items() if choices}
    assert set(chosen) == {"backend", "kernel_backend_overrides"}
    assert set(chosen.values()) == {backend_settings()} == {("auto", *BACKENDS)}


def test_sums_in_a_shared_module_are_shown_as_compiled_once_they_are(tmp_path):
    """Both grid sums compile ``host.cell_sums``, which lies in the folder of neither."""
    code = (
        "import sys\n"
        "from pystamps.cli import main\n"
        "from pystamps.kernel_checks.inputs import run_kernel, typical\n"
        "from pystamps_kernels import KernelChoice\n"
        "for kernel in sys.argv[1:]:\n"
        "    run_kernel(kernel, typical(kernel, 20), KernelChoice('native', threads=1))\n"
        "main(['describe-backends', '--json'])\n"
    )

    def compiled(*kernels: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *kernels], capture_output=True, text=True, check=True,
            timeout=300, env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        )  # fmt: skip
        found = json.loads(done.stdout)["kernels"]
        return {kernel for kernel, row in found.items() if row["is_compiled"]}

    assert compiled() == set()
    sums = {"stage2_grid_accumulate", "stage6_grid_accumulate"}
    assert compiled(*sorted(sums)) == sums

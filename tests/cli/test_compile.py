"""``pystamps compile``: every kernel is called before jobs need it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pystamps.cli.compile_kernels import compile_all
from pystamps.errors import PystampsError
from pystamps.kernel_checks import compile_all as compiling
from pystamps.kernel_checks import inputs
from pystamps.pipeline import processes
from pystamps_kernels import KERNELS, backends_of, registered


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which kernels this process calls with which backend; none is."""
    names: list[str] = []
    monkeypatch.setattr(processes, "usable_cores", lambda: 1)
    monkeypatch.setattr(
        inputs,
        "run_kernel",
        lambda kernel, _, choice: names.append(f"{kernel} {choice.backend}"),
    )
    return names


def test_every_kernel_that_numba_compiles_is_called_once(called):
    done = CliRunner().invoke(compile_all, [])
    assert done.exit_code == 0, done.output
    native = {kernel for kernel in KERNELS if "native" in backends_of(kernel)}
    expected = compiling.kernels_to_compile()
    assert {*expected} == native and len(expected) == len(native) > 15
    assert called == [f"{kernel} native" for kernel in expected]
    lines = [line.partition(" (")[0] for line in done.stderr.splitlines()]
    assert lines == [f"kernel {n} of {len(called)} ready: {k}" for n, k in enumerate(expected, 1)]
    assert f"{len(called)} kernels are ready" in done.stdout


def test_the_kernels_are_given_as_json(called):
    done = CliRunner().invoke(compile_all, ["--json"])
    assert [item["kernel"] for item in json.loads(done.stdout)] == [
        name.split()[0] for name in called
    ]


def test_a_kernel_runs_on_the_arguments_that_it_is_compiled_for():
    (found,) = compiling.compile_kernels(["stage2_weighted_phase"], say=lambda _: None)
    assert found.kernel == "stage2_weighted_phase" and found.seconds > 0


def test_processes_side_by_side_have_all_kernels_ready_each_once():
    names = ["stage2_weighted_phase", "stage0_amplitude_sums", "stage2_histogram"]
    said: list[str] = []
    found = compiling.compile_kernels(names, say=said.append, processes=2)
    assert sorted(item.kernel for item in found) == sorted(names)
    assert [line.partition(":")[0] for line in said] == [
        f"kernel {n} of 3 ready" for n in (1, 2, 3)
    ]


def test_a_process_that_ends_early_is_an_error_that_names_what_is_missing(monkeypatch):
    monkeypatch.setattr(compiling, "_PROGRAM", "pystamps.there_is_no_such_module")
    with pytest.raises(PystampsError, match="ended early, a, b not ready"):
        compiling.compile_kernels(["b", "a"], say=print, processes=2)


def test_what_takes_longest_is_begun_first():
    seconds = [registered(name).compile_s for name in compiling.kernels_to_compile()]
    assert seconds == sorted(seconds, reverse=True) and seconds[0] > seconds[-1]

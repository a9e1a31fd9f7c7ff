"""``pystamps compile``: every kernel is called before jobs need it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pystamps.cli.compile_kernels import compile_all
from pystamps.kernel_checks import compile_all as compiling
from pystamps_kernels import KERNELS, backends_of


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which kernels are called with which backend; none is."""
    names: list[str] = []
    monkeypatch.setattr(
        compiling,
        "run_kernel",
        lambda kernel, _, choice: names.append(f"{kernel} {choice.backend}"),
    )
    return names


def test_every_kernel_that_numba_compiles_is_called_once(called):
    done = CliRunner().invoke(compile_all, [])
    assert done.exit_code == 0, done.output
    expected = [kernel for kernel in KERNELS if "native" in backends_of(kernel)]
    assert called == [f"{kernel} native" for kernel in expected] and len(called) > 15
    lines = done.stderr.splitlines()
    assert lines == [f"kernel {n} of {len(called)}: {k}" for n, k in enumerate(expected, 1)]
    assert f"{len(called)} kernels are ready" in done.stdout


def test_the_kernels_are_given_as_json(called):
    done = CliRunner().invoke(compile_all, ["--json"])
    assert [item["kernel"] for item in json.loads(done.stdout)] == [
        name.split()[0] for name in called
    ]


def test_a_kernel_runs_on_the_arguments_that_it_is_compiled_for():
    (found,) = compiling.compile_kernels(["stage2_weighted_phase"], say=lambda _: None)
    assert found.kernel == "stage2_weighted_phase" and found.seconds > 0

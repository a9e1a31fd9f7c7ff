"""The table of kernels against the code, and the backends against the reference."""

from __future__ import annotations

import ast
import inspect
import json
import logging
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import pystamps_kernels
from pystamps.cli import main
from pystamps.kernel_checks import compare as compare_module
from pystamps.kernel_checks.cases import cases
from pystamps.kernel_checks.compare import backends_here, compare, difference
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps.kernel_checks.ties import tied_rows
from pystamps_kernels import (
    KERNELS,
    REGISTRY,
    BackendUnavailableError,
    KernelChoice,
    backends_of,
    registered,
)

FOLDER = Path(pystamps_kernels.__file__).parent
kernels = pytest.mark.parametrize("kernel", KERNELS)


def test_every_folder_is_registered_and_every_kernel_has_a_folder():
    folders = {path.parent.name for path in FOLDER.glob("*/reference.py")}
    assert folders == set(KERNELS)
    assert len(set(KERNELS)) == len(KERNELS)


@kernels
def test_the_arguments_in_the_registry_are_those_of_the_function(kernel):
    function = getattr(import_module(f"pystamps_kernels.{kernel}"), kernel)
    names = list(inspect.signature(function).parameters)
    assert names == [*(argument.name for argument in registered(kernel).inputs), "choice"]


@kernels
def test_results_have_the_classes_and_axes_of_the_registry(kernel):
    for found, output in zip(
        run_kernel(kernel, typical(kernel, 40, 6), KernelChoice("native")),
        registered(kernel).outputs,
        strict=True,
    ):
        assert str(found.dtype) in output.dtype.split("/"), output.name
        axes = [axis for axis in output.shape.strip("()").split(",") if axis]
        assert found.ndim == len(axes), output.name


@kernels
def test_every_backend_agrees_with_the_reference_on_adversarial_inputs(kernel):
    for backend in backends_here(kernel):
        for found in compare(kernel, backend):
            assert found.is_equal, found


@kernels
def test_results_are_the_same_bits_for_any_number_of_threads(kernel):
    if "native" not in backends_of(kernel):
        pytest.skip("one thread only")
    # more than the blocks of any kernel times the threads, and no multiple of them
    arguments = typical(kernel, 600 if kernel.endswith(("filter", "l1")) else 5003, 11, seed=3)
    results = [
        run_kernel(kernel, arguments, KernelChoice("native", threads=threads)) for threads in (1, 2)
    ]
    for one, two in zip(*results, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


def test_trials_that_tie_by_symmetry_are_decided_alike():
    """The only ties that occur in exact arithmetic; the first trial from -T on wins."""
    (arguments,) = [given for label, given in cases("stage2_topofit") if label == "tied trials"]
    assert tied_rows("stage2_topofit", arguments).mean() > 0.5
    plain, fast = (
        run_kernel("stage2_topofit", arguments, KernelChoice(b)) for b in ("python", "native")
    )
    np.testing.assert_allclose(fast[0], plain[0], rtol=0, atol=4e-9)


def test_differences_of_class_shape_and_missing_values_count_as_infinite():
    a = np.array([1.0, np.nan, np.inf])
    assert difference(a, a.copy()) == 0
    assert difference(a, a.astype(np.float32)) == np.inf
    assert difference(a, a[:2]) == np.inf
    assert difference(a, np.array([1.0, 2.0, np.inf])) == np.inf
    assert difference(a, np.array([1.0, np.nan, 5.0])) == np.inf
    assert difference(np.array([1 + 2j]), np.array([1 + 2.5j])) == 0.5
    assert difference(np.array([True]), np.array([False])) == 1


def test_check_kernels_prints_every_result_and_gives_one_when_a_backend_differs(monkeypatch):
    given = ["check-kernels", "--kernel", "stage2_histogram"]
    fine = CliRunner().invoke(main, given)
    assert fine.exit_code == 0, fine.output
    assert "stage2_histogram.counts" in fine.output

    def broken(kernel, arguments, choice):
        return tuple(
            part + (choice.backend == "native") for part in run_kernel(kernel, arguments, choice)
        )

    monkeypatch.setattr(compare_module, "run_kernel", broken)
    wrong = CliRunner().invoke(main, [*given, "--json"])
    assert wrong.exit_code == 1
    (found,) = json.loads(wrong.output)
    assert not found["is_equal"]
    assert found["largest"] == 1


def test_check_kernels_compares_all_kernels_where_none_is_named(monkeypatch):
    asked = []
    monkeypatch.setattr(
        compare_module,
        "compare",
        lambda kernel, backend, *, threads: asked.append((kernel, backend, threads)) or [],
    )
    found = CliRunner().invoke(main, ["check-kernels", "--threads", "2"])
    assert found.exit_code == 0 and "0 results compared" in found.output
    assert asked == [(kernel, name, 2) for kernel in KERNELS for name in backends_here(kernel)]
    assert len(asked) >= len(KERNELS)


def test_describe_backends_names_every_kernel_device_and_cache():
    found = json.loads(CliRunner().invoke(main, ["describe-backends", "--json"]).output)
    assert list(found["kernels"]) == list(KERNELS)
    assert {"cuda", "compile_cache", "threads", "cores"} <= set(found)
    assert found["kernels"]["stage7_simplex_l1"]["auto"] == "native"


@kernels
def test_a_backend_that_a_kernel_does_not_have_is_an_error(kernel):
    if "cuda" in backends_of(kernel):
        pytest.skip("has a CUDA version")
    with pytest.raises(BackendUnavailableError, match=f"{kernel} has no backend 'cuda'"):
        run_kernel(kernel, typical(kernel, 4, 4), KernelChoice("auto", {kernel: "cuda"}))


def test_the_automatic_choice_is_said_in_the_log(caplog):
    pystamps_kernels.choice._say.cache_clear()
    with caplog.at_level(logging.INFO, "pystamps_kernels"):
        for _ in range(3):
            run_kernel("stage2_histogram", typical("stage2_histogram", 5), KernelChoice(threads=1))
    assert [record.getMessage() for record in caplog.records] == [
        "kernels: native (too little work for a device), threads: 1"
    ]


def test_compiled_code_comes_from_the_kernel_and_the_shared_modules_only():
    """The compile cache is keyed by their sources (``host.compile.content_stamp``)."""
    for path in FOLDER.glob("*/cpu.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            module = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom) and module.startswith("pystamps_kernels"):
                part = module.split(".")[1]
                assert part in (path.parent.name, "host"), (path, module)


def test_kernels_are_compiled_by_the_shared_decorator_alone():
    for path in FOLDER.rglob("*.py"):
        if path != FOLDER / "host" / "compile.py":
            assert "njit" not in path.read_text(), path


def test_inputs_and_documents_know_every_kernel():
    page = (FOLDER.parent.parent / "docs" / "kernels.md").read_text()
    for kernel in REGISTRY:
        assert f"## {kernel.name}\n" in page
        assert len(list(cases(kernel.name))) > 10

"""Kernels that the cache lacks are compiled while a run begins."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pystamps.forked_jobs import compiling_ahead, server
from pystamps.kernel_checks import compile_all
from pystamps_kernels.host import compile as compiling


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """Let the garbage of this process be collected again after the server has excluded it."""
    yield
    gc.unfreeze()


CALLED = ("stage2_clap_filter", "stage7_simplex_l1", "stage2_topofit", "stage0_line_sums")


def test_what_is_rare_is_left_to_the_jobs(monkeypatch):
    monkeypatch.setattr(compiling, "has_compiled_code", lambda _: False)
    found = compiling_ahead.kernels_without_code(CALLED)
    assert found == ["stage2_clap_filter", "stage2_topofit"]


def test_what_has_code_is_not_compiled(monkeypatch):
    monkeypatch.setattr(
        compiling, "has_compiled_code", lambda function: "topofit" not in function.__name__
    )
    assert compiling_ahead.kernels_without_code(CALLED) == ["stage2_topofit"]


def test_kernels_of_the_first_stages_are_compiled_first_and_the_longest_of_each_stage(monkeypatch):
    loads = {
        "first": ["stage2_histogram", "stage2_clap_filter"],
        "second": ["stage2_histogram", "stage6_nearest_node", "stage8_edge_noise"],
    }
    loaded: list[str] = []
    monkeypatch.setattr(server, "_load_modules_of", lambda stage: loaded.extend(loads[stage]))
    monkeypatch.setattr(server, "kernels_of_loaded_stages", lambda: loaded)
    ours, its = socket.socketpair()
    with ours, its:
        serving = server._Server(its, [], {})
        assert [serving._load(stage) for stage in loads] == ["", ""]
    assert serving._called == [
        *("stage2_clap_filter", "stage2_histogram"),
        *("stage8_edge_noise", "stage6_nearest_node"),
    ]


PROGRAM = """
import json, os, sys
while place := os.read(0, 1):
    name = sys.argv[1:][place[0]]
    if name == "fails":
        sys.exit("said why")
    os.write(1, json.dumps({"kernel": name, "seconds": 0.25}).encode() + b"\\n")
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that compile nothing."""
    (tmp_path / "compiles_nothing.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    monkeypatch.setattr(compile_all, "_PROGRAM", "compiles_nothing")


@pytest.mark.usefixtures("program")
def test_a_line_says_which_kernel_is_ready_and_of_how_many(capfd):
    ahead = compiling_ahead.CompilingAhead(["a", "b", "c"])
    while ahead.say_next():
        pass
    ahead.end()
    first, *lines = capfd.readouterr().err.splitlines()
    assert first.startswith("compiling 3 kernels for this machine")
    heads = [line.partition(":")[0].strip() for line in lines]
    assert heads == [f"kernel {n} of 3 ready" for n in (1, 2, 3)]
    assert sorted(line.partition(": ")[2] for line in lines) == [f"{n} (0.2 s)" for n in "abc"]


@pytest.mark.usefixtures("program")
def test_a_process_that_fails_ends_nothing_but_itself(capfd):
    ahead = compiling_ahead.CompilingAhead(["fails", "b"])
    while ahead.say_next():
        pass
    ahead.end()
    said = capfd.readouterr().err
    assert "said why" in said and "kernel 1 of 2 ready: b" in said

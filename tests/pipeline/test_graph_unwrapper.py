"""The unwrapper ``graph``: a process per interferogram, its failures, resumption, the setting."""

from __future__ import annotations

import numpy as np
import pytest
from stage6_trees import made_up_phase, write_tree

from pystamps.config import RunConfig, Tools
from pystamps.doctor.checks_machine import check_programs
from pystamps.errors import ExternalProgramError
from pystamps.interferograms import InterferogramName
from pystamps.io.mat import read_mat
from pystamps.io.snaphu import find_snaphu
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.kept_unwrapping import KeptMaps
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
from pystamps.pipeline.unwrappers import GraphUnwrapper, find_unwrapper
from pystamps.stages.stage6_costs import Costs

GRAPH = Tools(unwrapper="graph")
TWO_PI = 2 * np.pi


def noisy_input(position, shape=(30, 25)):
    random = np.random.default_rng(position)
    phase = np.add.outer(np.arange(shape[0]) * 0.3, np.arange(shape[1]) * 0.2)
    wrapped = np.exp(1j * (phase + random.normal(size=shape))).astype(np.complex64)
    rows = np.tile(np.array([0, 100, 32000, -32000], dtype=np.int16), (shape[0] - 1, shape[1], 1))
    columns = np.tile(rows[0, 0], (shape[0], shape[1] - 1, 1))
    for costs in (rows, columns):
        costs[..., 0] = random.integers(-60, 60, costs.shape[:2])
    return SnaphuInput(wrapped, Costs(rows, columns))


def unwrap(scratch, make_input=noisy_input, n=4, workers=2):
    return unwrap_interferograms(
        find_unwrapper(GRAPH),
        scratch,
        [InterferogramName(k + 1, f"2018{k + 1:04d}") for k in range(n)],
        make_input,
        take=lambda unwrapped: unwrapped,
        workers=workers,
    )


def test_results_do_not_depend_on_the_number_of_processes(tmp_path):
    one, again, many = (unwrap(tmp_path / str(k), workers=k % 4) for k in (1, 5, 4))
    for first, second, third in zip(one, again, many, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, third)
    log = (tmp_path / "1" / "graph_20180001.log").read_text()
    assert "30 x 25 cells" in log and not list((tmp_path / "1").glob("ifg_*"))


def test_what_an_interrupted_run_has_unwrapped_is_taken_over(tmp_path):
    def interrupted(position):
        if position == 2:
            raise KeyboardInterrupt
        return noisy_input(position)

    with pytest.raises(KeyboardInterrupt):
        unwrap(tmp_path, interrupted, workers=1)
    (tmp_path / "graph_20180001.log").unlink()
    maps = unwrap(tmp_path, workers=1)
    assert not (tmp_path / "graph_20180001.log").exists()
    for ours, fresh in zip(maps, unwrap(tmp_path / "fresh"), strict=True):
        np.testing.assert_array_equal(ours, fresh)


def test_maps_of_one_unwrapper_are_not_taken_for_those_of_another(tmp_path):
    given = noisy_input(0)
    digests = {
        KeptMaps(tmp_path, program).digest(given.wrapped, given.costs)
        for program in (find_snaphu(), find_unwrapper(GRAPH), GraphUnwrapper("pylmcf 0.1"))
    }
    assert len(digests) == 3


def test_a_failing_process_names_the_interferogram(tmp_path):
    def without_variance(position):
        given = noisy_input(position)
        given.costs.rows[..., 1] = 0
        return given

    with pytest.raises(ExternalProgramError) as error:
        unwrap(tmp_path, without_variance, workers=1)
    message = str(error.value)
    assert message.startswith("interferogram 1 (20180001): graph failed: exit status 1")
    assert str(tmp_path / "graph_20180001.log") in message
    assert not list(tmp_path.glob("ifg_*"))


def test_a_missing_solver_is_one_message_and_nothing_takes_its_place(monkeypatch):
    monkeypatch.setattr("pystamps.io.graph_solver.version_of", lambda _: "")
    with pytest.raises(ExternalProgramError, match=r"pylmcf, which is not installed .*\[graph\]"):
        find_unwrapper(GRAPH)
    wanted = {
        step: [f.code for f in check_programs(GRAPH, [step]) if f.severity == "error"]
        for step in range(1, 9)
    }
    assert [step for step, codes in wanted.items() if codes] == [6]
    assert wanted[6] == ["graph-solver-missing"]


def test_the_doctor_says_which_unwrapper_is_there_and_asks_for_no_other():
    without_snaphu = Tools(unwrapper="graph", snaphu="/nowhere/snaphu")
    found = list(check_programs(without_snaphu, [6]))
    assert [finding.code for finding in found] == ["programs"]
    assert found[0].found.startswith("unwrapper graph (pylmcf ")
    assert "unwrapper snaphu" in next(iter(check_programs(Tools(), [6]))).found
    (missing,) = [f for f in check_programs(Tools(snaphu="/nowhere"), [6]) if f.severity == "error"]
    assert "tools.unwrapper: graph" in missing.sentence


@pytest.mark.parametrize("method", ["3D_QUICK", "2D"])
def test_made_up_phase_is_unwrapped_with_costs_of_statistics_and_of_lengths(tmp_path, method):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "tree", pixels, np.exp(1j * truth))
    config = RunConfig(dataset=root, stamps={"unwrap_method": method}, tools=GRAPH)
    result = stage6_unwrap(root, config)
    assert result.details.startswith("graph pylmcf ")
    error = read_mat(root / "phuw2.mat")["ph_uw"] - truth
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)


@pytest.mark.golden
@pytest.mark.parametrize("tree", ["tiny", "sb_small"])
def test_golden_trees_get_the_cycles_of_snaphu(shared_data, tree_before, tree):
    root, golden = tree_before(tree, 6), shared_data / tree / "stages" / "stage6"
    stage6_unwrap(root, RunConfig(dataset=root, tools=GRAPH))
    name = "phuw_sb2.mat" if tree == "sb_small" else "phuw2.mat"
    for file in ("uw_phaseuw.mat", name):
        difference = (read_mat(root / file)["ph_uw"] - read_mat(golden / file)["ph_uw"]) / TWO_PI
        difference -= np.round(np.median(difference, axis=0))
        assert difference.size and np.abs(difference).max() < 1e-4

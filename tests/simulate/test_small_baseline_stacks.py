"""Small-baseline stacks: which pairs are made, what they hold, exports of all programs, stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from simulated_scenes import quiet

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.model import Baselines, LookAngle, Phase, Pixels
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.processors import read_raw_patch
from pystamps.simulate import changed_scene
from pystamps.simulate.exporters import CLEAN, EXPORTERS, read_as
from pystamps.simulate.scene import PRESETS
from pystamps.simulate.stack import Stack, make_stack
from pystamps.simulate.truth import read_truth
from pystamps.simulate.writer import WriteOptions, simulate_dataset
from pystamps.stage_table import STAGES

ALL = (CLEAN, *EXPORTERS)
SCENE = changed_scene(
    PRESETS["tiny"],
    {
        "lines": 60,
        "samples": 70,
        "acquisitions.interferograms": 7,
        "acquisitions.pairs_with_next": 2,
        "preparation.patches": (1, 1),
    },
)
N_PAIR = 7 + 6


def stack_of(**limits: Any) -> Stack:
    settings = {f"acquisitions.{name}": value for name, value in limits.items()}
    return make_stack(quiet({"acquisitions.interferograms": 8} | settings))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a prepared data set, with the whole export beside it, of every exporter."""
    folder = tmp_path_factory.mktemp("pairs")
    for name in ALL:
        options = WriteOptions(layout="both", exporter=name)
        summary = simulate_dataset(folder / name, SCENE, options=options)
        assert summary.interferograms == N_PAIR and summary.patches == 1
    return {name: folder / name for name in ALL}


def test_every_image_is_combined_with_the_next_ones() -> None:
    pairs = stack_of(pairs_with_next=2).pairs
    assert pairs == tuple((i, j) for i in range(9) for j in range(i + 1, min(i + 3, 9)))
    assert stack_of().pairs == ()


def test_pairs_stay_within_the_limits_of_time_and_baseline() -> None:
    stack = stack_of(longest_pair_days=40, largest_pair_baseline_m=60.0)
    days = np.array([day.toordinal() for day in stack.dates])
    first, second = np.array(stack.pairs).T
    assert 0 < len(stack.pairs) < 36
    assert (days[second] - days[first]).max() <= 40
    assert np.abs(np.diff(stack.centre_baseline_m[np.array(stack.pairs)], axis=1)).max() <= 60
    unlimited = stack_of(longest_pair_days=10**5).pairs
    assert len(unlimited) == 36
    left_out = set(unlimited) - set(stack.pairs)
    assert all(
        days[j] - days[i] > 40 or abs(np.subtract(*stack.centre_baseline_m[[i, j]])) > 60
        for i, j in left_out
    )


def test_a_reference_image_without_pair_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"reference image .* is in none of the 0 pairs"):
        assert stack_of(longest_pair_days=1).pairs


def test_pairs_hold_the_phase_of_their_second_image_less_that_of_their_first(
    simulated: dict[str, Path],
) -> None:
    scene = quiet({
        "acquisitions.pairs_with_next": 3,
        "deformation": PRESETS["tiny"].deformation,
        "dem_error.uncorrelated_m": 0.0,
    })  # fmt: skip
    root = simulated[CLEAN].parent / "quiet"
    simulate_dataset(root, scene, options=WriteOptions(layout="both"))
    stack, truth = make_stack(scene), read_truth(root / "truth.h5")
    line, sample = stack.scatterers.line, stack.scatterers.sample
    scale = -4 * np.pi / (stack.geometry.wavelength_m * 1000)
    for first, second in stack.pairs[::7]:
        name = "_".join(f"{stack.dates[k]:%Y%m%d}" for k in (first, second))
        path = root / "raw" / "SMALL_BASELINES" / name / f"{name}.diff"
        phase = np.angle(np.fromfile(path, ">c8").reshape(scene.lines, scene.samples))
        moved = stack.everything().displacement(second) - stack.everything().displacement(first)
        misfit = np.exp(1j * (phase - scale * moved))[line, sample]
        assert np.abs(np.angle(misfit)).max() < 1e-3, name
    assert truth.at("ps_mask", line, sample).all()


@pytest.mark.parametrize("name", ALL)
def test_the_export_of_every_program_is_prepared_and_loaded(
    simulated: dict[str, Path], name: str
) -> None:
    root = simulated[name]
    found = read_mat(root / "parms.mat")
    assert (found["small_baseline_flag"], found["insar_processor"]) == ("y", read_as(name))
    assert (root / "selsbc.in").is_file() and not (root / "selpsc.in").exists()
    is_dated = name in ("isce", "doris")
    assert (root / "ifgday.1.in").is_file() == is_dated
    stack = make_stack(SCENE)
    stage1_load_initial(root / "PATCH_1", RunConfig(root))
    pixels = read_artifact(Pixels, root / "PATCH_1" / "ps1.mat")
    assert pixels.pairs is not None and pixels.pairs.tolist() == [list(p) for p in stack.pairs]
    assert pixels.master_ix == stack.master and pixels.n_image == 8
    bperp = np.array([stack.centre_baseline_m[j] - stack.centre_baseline_m[i]
                      for i, j in stack.pairs])  # fmt: skip
    # SNAP writes ranges roughly, ISCE centimetres, Doris decimetres of every image
    assert np.abs(pixels.bperp - bperp).max() < 2.5
    bperp_mat = read_artifact(Baselines, root / "PATCH_1" / "bp1.mat").bperp_mat
    assert bperp_mat.dtype == (np.float32 if is_dated else np.float64)
    ph = read_artifact(Phase, root / "PATCH_1" / "ph1.mat").ph
    assert ph.shape == (pixels.n_ps, N_PAIR) and np.allclose(np.abs(ph), 1) == is_dated
    assert (pixels.day_ix is not None) == is_dated and pixels.calconst is None
    assert (root / "PATCH_1" / "inc1.mat").is_file() == (name == "isce")


def test_all_programs_give_the_same_candidates_and_phases(simulated: dict[str, Path]) -> None:
    loaded = {}
    for name in ALL:
        patch = simulated[name] / "PATCH_1"
        raw = read_raw_patch(patch, read_as(name), is_small_baseline=True)
        order = np.lexsort(raw.candidates.ij[:, :0:-1].T)
        phases = np.angle(np.asarray([raw.candidates.ph[k] for k in range(N_PAIR)]))
        loaded[name] = raw.candidates.ij[order, 1:], phases[:, order]
    ij, phases = loaded.pop(CLEAN)
    for name, (other_ij, other) in loaded.items():
        np.testing.assert_array_equal(other_ij, ij, err_msg=name)
        np.testing.assert_allclose(other, phases, rtol=0, atol=1e-6, err_msg=name)


def test_baselines_per_pixel_are_differences_of_those_of_the_images(
    simulated: dict[str, Path],
) -> None:
    """Doris at height 0, ISCE at the nodes of its grids: both near the geometry of the scene."""
    stack = make_stack(SCENE)
    for name in ("clean", "gamma", "doris", "isce"):
        root = simulated[name]
        stage1_load_initial(root / "PATCH_1", RunConfig(root))
        pixels = read_artifact(Pixels, root / "PATCH_1" / "ps1.mat")
        line, sample = pixels.ij[:, 1:].astype(int).T
        images = np.array([b.perpendicular(stack.geometry)[line, sample] for b in stack.baselines])
        wanted = np.array([images[j] - images[i] for i, j in stack.pairs]).T
        found = read_artifact(Baselines, root / "PATCH_1" / "bp1.mat").bperp_mat
        limit = {"clean": 1e-3, "gamma": 1e-3, "doris": 0.3, "isce": 0.3}[name]
        assert np.abs(found - wanted).max() < limit, name
    look = read_artifact(LookAngle, simulated["clean"] / "PATCH_1" / "la1.mat").la
    incidence = read_mat(simulated["clean"] / "PATCH_1" / "ps1.mat")["mean_incidence"].item()
    assert look.mean() < incidence - 0.05  # the look angle, not the incidence


@pytest.mark.parametrize("name", ALL)
def test_the_doctor_finds_nothing_wrong(simulated: dict[str, Path], name: str) -> None:
    root = simulated[name]
    found = examine(root, RunConfig(root), steps=range(1, 6), what="dataset").findings
    assert [f for f in found if f.severity == "error"] == []
    assert "few-interferograms" not in {f.code for f in found}


def test_stages_1_to_5_select_scatterers_and_keep_the_truth(tmp_path: Path) -> None:
    scene = changed_scene(
        PRESETS["tiny"],
        {
            "lines": 110,
            "samples": 110,
            "acquisitions.interferograms": 11,
            "acquisitions.pairs_with_next": 3,
            "preparation.patches": (1, 2),
        },
    )
    summary = simulate_dataset(tmp_path / "data", scene)
    root, truth = summary.root, read_truth(summary.truth)
    config = RunConfig(root, stamps={"merge_resample_size": 0})
    for stage in (stage for stage in STAGES if stage.step <= 5):
        patches = [root / name for name in (root / "patch.list").read_text().split()]
        for directory in patches if stage.scope == "patch" else [root]:
            stage.load()(directory, config)
    pixels = read_artifact(Pixels, root / "ps2.mat")
    assert pixels.n_ifg == summary.interferograms == 10 + 9 + 11
    line, sample = pixels.ij[:, 1:].astype(int).T
    selected = truth.at("ps_mask", line, sample).mean()
    among_candidates = summary.true_candidates / summary.candidate_pixels
    assert pixels.n_ps > 300 and selected > among_candidates
    assert read_mat(root / "rc2.mat")["ph_reref"].size == 0
    assert (read_mat(root / "ifgstd2.mat")["ifg_std"] < 60).all()


def test_the_command_makes_a_small_baseline_stack(tmp_path: Path) -> None:
    options = ["--preset", "tiny", "--lines", "40", "--samples", "50", "--interferograms", "4"]
    pairs = ["--pairs-with-next", "2", "--azimuth-patches", "1", "--range-patches", "1"]
    found = CliRunner().invoke(main, ["simulate", str(tmp_path / "s"), *options, *pairs])
    assert found.exit_code == 0, found.output
    assert "7 interferograms" in found.output
    assert read_mat(tmp_path / "s" / "parms.mat")["small_baseline_flag"] == "y"

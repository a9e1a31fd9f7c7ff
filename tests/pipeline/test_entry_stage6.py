"""Stage 6 on directories: golden trees, variants, second pass, bad input, publishing."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from forgotten_records import forget_records
from stage6_trees import BPERP, MASTER_IX, costs_of_tree, made_up_phase, write_tree
from stage_comparison import assert_same_artifact

from pystamps.config import Compat, KernelSettings, RunConfig, Runtime, Tools
from pystamps.errors import ArtifactError, ExternalProgramError, ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat
from pystamps.model import Pixels, SmoothedLookAngleError, SpaceTime, UnwrapGrid
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.space_time import SCRATCH, kept_space_time, space_time_for_publishing

TWO_PI = 2 * np.pi
VARIANTS = {
    "la_error_n": {"unwrap_la_error_flag": "n"},
    "patch_phase_y": {"unwrap_patch_phase": "y"},
    "prefilter_n": {"unwrap_prefilter_flag": "n"},
    "scf_y": {"unwrap_spatial_cost_func_flag": "y"},
    "unwrap_2D": {"unwrap_method": "2D"},
    "unwrap_3D_FULL": {"unwrap_method": "3D_FULL"},
    "unwrap_3D_NO_DEF": {"unwrap_method": "3D_NO_DEF"},
    "unwrap_3D_QUICK": {"unwrap_method": "3D_QUICK"},
    "unwrap_3D_SMALL_DEF": {"unwrap_method": "3D_SMALL_DEF"},
}
# Float32 integration within snaphu, 2e-5 rad on the unfiltered grid (4e-5 on a processor without
# AVX, whose sines differ in the last place); pixels a few roundings at 20 rad. msd counts
# differences that are not exactly zero: one rounding more or less in snaphu changes the count of
# hundreds of equal neighbours.
PHASE = {"uw_phaseuw": {"ph_uw": 5e-5, "msd": 0.05}, "phuw2": {"ph_uw": 3e-6, "msd": 0.05}}
SPACE_TIME = {"dph_space_uw": 2e-6, "dph_noise": 2e-6}


def assert_same_phase(root, folder):
    for name, tolerances in PHASE.items():
        assert_same_artifact(
            root / f"{name}.mat",
            folder / f"{name}.mat",
            tolerances,
            modulo_2pi_per_column=("ph_uw",),
        )


def assert_same_space_time(root, folder, **more):
    assert_same_artifact(
        root / SCRATCH / "space_time.mat",
        folder / "uw_space_time.mat",
        SPACE_TIME,
        ignore=("K", "fingerprint", *more.get("ignore", ())),
    )


def run(root, **stamps):
    return stage6_unwrap(root, RunConfig(dataset=root, stamps=stamps))


@pytest.mark.golden
class TestGoldenTrees:
    """Stage-isolated comparison with the original."""

    @pytest.mark.parametrize("backend", ["native", "python"])
    def test_tiny_equals_the_original(self, shared_data, tree_before, backend):
        root, golden = tree_before("tiny", 6), shared_data / "tiny" / "stages" / "stage6"
        config = RunConfig(dataset=root, kernels=KernelSettings(backend))
        result = stage6_unwrap(root, config)
        # ph: one rounding at a magnitude of 22
        assert_same_artifact(
            root / "uw_grid.mat", golden / "uw_grid.mat", {"ph": 4e-6, "ph_in": 4e-7}
        )
        assert_same_artifact(root / "uw_interp.mat", golden / "uw_interp.mat")
        assert_same_phase(root, golden)
        assert_same_space_time(root, golden)
        assert result.written == ("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "phuw2.mat")
        assert result.counts["arcs_without_statistics"] == 39
        assert not (root / "uw_space_time.mat").exists()

    def test_every_cost_of_tiny_equals_the_original(self, shared_data, tree_before):
        root = tree_before("tiny", 6)
        run(root)
        with np.load(shared_data / "tiny" / "stages" / "stage6" / "snaphu_costs.npz") as golden:
            for k, costs in enumerate(costs_of_tree(root), start=1):
                np.testing.assert_array_equal(costs, golden[f"cost_{k:03d}"])

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_a_changed_parameter_gives_what_the_original_gives(
        self, shared_data, tree_before, variant
    ):
        root = tree_before("tiny", 6)
        golden = shared_data / "variants" / f"tiny__{variant}" / "stage6"
        run(root, **VARIANTS[variant])
        assert_same_artifact(root / "uw_interp.mat", golden / "uw_interp.mat")
        assert_same_phase(root, golden)
        if (golden / "uw_space_time.mat").is_file():
            assert_same_space_time(root, golden)

    def test_a_second_pass_equals_the_original(self, shared_data, tree_before):
        root = tree_before("tiny", 8)
        golden = shared_data / "variants" / "tiny__iteration2" / "stage6"
        stage6_unwrap(root, RunConfig(dataset=root), scla=root / "scla_smooth2.mat")
        assert_same_phase(root, golden)

    def test_a_smoothed_look_angle_error_lying_there_is_not_read(
        self, shared_data, tree_before, caplog
    ):
        root = tree_before("tiny", 8)
        with caplog.at_level(logging.INFO):
            run(root)
        assert "scla_smooth2.mat is not used" in caplog.text
        assert_same_phase(root, shared_data / "tiny" / "stages" / "stage6")
        assert (root / "scla_smooth2.mat").is_file()


class TestPublishing:
    """uw_space_time for stage 8."""

    def publish(self, root, **stamps):
        config = RunConfig(dataset=root, stamps=stamps)
        with stage_job("stage8_filter", root, config) as job:
            found = space_time_for_publishing(job, job.read(Pixels, 2))
            return replace(
                found,
                dph_space_uw=np.asarray(found.dph_space_uw),
                dph_noise=np.asarray(found.dph_noise),
            )

    def test_the_kept_arrays_are_taken_while_nothing_has_changed(self, tmp_path, monkeypatch):
        root = made_up_tree(tmp_path)
        run(root)
        monkeypatch.setattr("pystamps.pipeline.space_time.expected_differences", None)
        kept = read_artifact(SpaceTime, root / SCRATCH / "space_time.mat")
        found = self.publish(root)
        np.testing.assert_array_equal(found.dph_space_uw, kept.dph_space_uw)

    def test_without_scratch_the_same_numbers_are_computed_again(self, tmp_path):
        root = made_up_tree(tmp_path)
        run(root)
        kept = self.publish(root)
        (root / SCRATCH / "space_time.mat").unlink()
        again = self.publish(root)
        np.testing.assert_array_equal(again.dph_space_uw, kept.dph_space_uw)
        np.testing.assert_array_equal(again.dph_noise, kept.dph_noise)
        np.testing.assert_array_equal(again.design, kept.design)

    def test_a_changed_parameter_makes_the_kept_arrays_stale(self, tmp_path):
        root = made_up_tree(tmp_path)
        run(root)
        kept = self.publish(root)
        changed = self.publish(root, unwrap_time_win=60.0)
        assert np.nanmax(np.abs(changed.dph_space_uw - kept.dph_space_uw)) > 0

    def test_a_changed_grid_makes_the_kept_arrays_stale(self, tmp_path):
        root = made_up_tree(tmp_path)
        run(root)
        assert kept_space_time(root, "another fingerprint") is None
        path = root / "uw_grid.mat"
        grid = read_artifact(UnwrapGrid, path)
        write_artifact(
            path, replace(grid, ph=grid.ph * np.complex64(1j) ** np.arange(len(grid.ph))[:, None])
        )
        forget_records(root)
        before = read_artifact(SpaceTime, root / SCRATCH / "space_time.mat")
        assert np.nanmax(np.abs(self.publish(root).dph_space_uw - before.dph_space_uw)) > 1

    def test_a_grid_of_other_interferograms_is_refused(self, tmp_path):
        root = made_up_tree(tmp_path)
        run(root)
        with pytest.raises(ArtifactError, match="8 columns, expected 7"):
            self.publish(root, drop_ifg_index=(2,))


def test_a_phase_beyond_the_memory_budget_is_computed_by_rows_to_the_same_bit(tmp_path):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "tree", pixels, np.exp(1j * truth))

    def files(budget_mb):
        stage6_unwrap(root, RunConfig(root, runtime=Runtime(memory_budget_mb=budget_mb)))
        return [(root / name).read_bytes() for name in ("uw_grid.mat", "phuw2.mat")]

    assert files(0) == files(2000)


def test_a_pixel_without_phase_is_named_when_phase_comes_by_rows(tmp_path):
    pixels, truth = made_up_phase()
    phase = np.exp(1j * truth)
    phase[700, 2] = 0
    root = write_tree(tmp_path / "tree", pixels, phase)
    config = RunConfig(root, runtime=Runtime(memory_budget_mb=0))
    with pytest.raises(ArtifactError, match=r"pixel 701 .*\(1 such pixels, 1 such interf"):
        stage6_unwrap(root, config)
    assert not (root / "uw_grid.mat").exists()


def made_up_tree(tmp_path, **more):
    pixels, truth = made_up_phase()
    return write_tree(tmp_path / "made_up", pixels, np.exp(1j * truth), **more)


@pytest.mark.parametrize(
    "stamps",
    [
        {},
        {"unwrap_prefilter_flag": "n"},
        {"unwrap_method": "3D_QUICK"},
        {"unwrap_method": "3D_NO_DEF"},
        {"unwrap_method": "2D"},
        {"unwrap_la_error_flag": "n"},
        {"unwrap_spatial_cost_func_flag": "y"},
    ],
    ids=str,
)
def test_a_bowl_of_several_cycles_comes_out_as_it_went_in(tmp_path, stamps):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "bowl", pixels, np.exp(1j * truth))
    run(root, **stamps)
    found = read_mat(root / "phuw2.mat")["ph_uw"]
    error = np.delete(found - truth, MASTER_IX, axis=1)
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)
    assert np.ptp(truth) > 2 * TWO_PI
    np.testing.assert_array_equal(found[:, MASTER_IX], 0)


def test_the_uncorrelated_look_angle_error_is_put_back(tmp_path):
    pixels, truth = made_up_phase()
    k_ps = np.random.default_rng(2).normal(0, 2e-3, pixels.n_ps)
    corrected = np.exp(1j * (truth - k_ps[:, None] * BPERP))
    root = write_tree(tmp_path / "k", pixels, corrected, k_ps=k_ps)
    run(root)
    error = read_mat(root / "phuw2.mat")["ph_uw"] - truth
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)


@pytest.mark.parametrize("with_ramps", [True, False])
def test_what_a_second_pass_subtracts_is_added_back(tmp_path, with_ramps):
    pixels, truth = made_up_phase()
    k, c = np.linspace(-0.02, 0.02, pixels.n_ps), np.linspace(-1, 1, pixels.n_ps)
    ramp = np.outer(pixels.xy[:, 1] / 300, np.arange(DAYS := pixels.n_ifg))
    ramp[:, MASTER_IX] = 0
    steep = truth + k[:, None] * BPERP + ramp * with_ramps
    root = write_tree(tmp_path / "second", pixels, np.exp(1j * steep))
    scla = tmp_path / "elsewhere.mat"
    nothing = np.zeros((pixels.n_ps, DAYS))
    write_artifact(scla, SmoothedLookAngleError(k, c, nothing, ramp))
    config = RunConfig(dataset=root, stamps={"scla_deramp": "y" if with_ramps else "n"})
    stage6_unwrap(root, config, scla=scla)
    error = read_mat(root / "phuw2.mat")["ph_uw"] - np.where(np.arange(DAYS) == MASTER_IX, 0, steep)
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)


def test_dropped_interferograms_stay_zero_and_the_others_do_not_change_columns(tmp_path):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "drop", pixels, np.exp(1j * truth))
    (root / "uw_space_time.mat").write_bytes(b"of the user")
    result = run(root, drop_ifg_index=(2, 9))
    found = read_mat(root / "phuw2.mat")
    idle = [1, MASTER_IX, 8]
    np.testing.assert_array_equal(found["ph_uw"][:, idle], 0)
    np.testing.assert_array_equal(found["msd"][idle], 0)
    error = np.delete(found["ph_uw"] - truth, idle, axis=1)
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)
    assert result.counts["interferograms"] == 6
    assert (root / "uw_space_time.mat").read_bytes() == b"of the user"


@pytest.mark.parametrize("reversed_sign", [True, False])
def test_the_sign_of_column_fringes_is_a_choice(tmp_path, reversed_sign):
    pixels, _ = made_up_phase(n_ps=3000)
    fringes = np.where(np.arange(pixels.n_ifg) == MASTER_IX, 0, np.pi / 4 / 200)
    ph = np.exp(1j * pixels.xy[:, 1:2] * fringes)  # an eighth of a cycle per grid cell
    root = write_tree(tmp_path / "ramp", pixels, ph)
    config = RunConfig(
        dataset=root,
        stamps={"unwrap_spatial_cost_func_flag": "y", "unwrap_prefilter_flag": "n"},
        compat=Compat(column_fringe_sign_reversed=reversed_sign),
    )
    stage6_unwrap(root, config)
    found = read_artifact(SpaceTime, root / SCRATCH / "space_time.mat")
    known = np.isfinite(found.jfreq_ij)
    assert known.any()
    expected = -np.pi / 4 if reversed_sign else np.pi / 4
    np.testing.assert_allclose(found.jfreq_ij[known], expected, rtol=1e-6)
    np.testing.assert_allclose(found.ifreq_ij[known], 0, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_pixel_without_phase_is_named(tmp_path, value):
    pixels, truth = made_up_phase()
    ph = np.exp(1j * truth)
    ph[17, 2] = value
    root = write_tree(tmp_path / "hole", pixels, ph)
    with pytest.raises(ArtifactError, match=r"pixel 18 in interferogram 3 \(20150"):
        run(root)
    assert not (root / "phuw2.mat").exists()
    run(root, drop_ifg_index=(3,))
    assert (root / "phuw2.mat").exists()


def test_a_data_set_without_pixels_gives_artifacts_without_rows(tmp_path):
    pixels, truth = made_up_phase()
    nobody = replace(pixels, ij=pixels.ij[:0], lonlat=pixels.lonlat[:0], xy=pixels.xy[:0])
    root = write_tree(tmp_path / "empty", nobody, np.exp(1j * truth[:0]))
    result = run(root)
    assert result.is_empty
    assert read_mat(root / "phuw2.mat")["ph_uw"].shape == (0, 9)
    with stage_job("stage8_filter", root, RunConfig(dataset=root)) as job:
        assert space_time_for_publishing(job, job.read(Pixels, 2)).dph_space_uw.shape == (0, 8)


@pytest.mark.parametrize("n_ps", [1, 2, 5])
def test_a_scene_smaller_than_the_window_names_the_parameters(tmp_path, n_ps):
    pixels, truth = made_up_phase()
    few = replace(pixels, ij=pixels.ij[:n_ps], lonlat=pixels.lonlat[:n_ps], xy=pixels.xy[:n_ps])
    root = write_tree(tmp_path / "few", few, np.exp(1j * truth[:n_ps]))
    with pytest.raises(ParameterError, match="unwrap_grid_size"):
        run(root)
    assert not (root / "uw_grid.mat").exists()


@pytest.mark.parametrize(
    ("stamps", "error", "message"),
    [
        ({"subtr_tropo": "y"}, ArtifactError, "tca2.mat: file is missing"),
        ({"unwrap_method": "4D"}, ParameterError, "unwrap_method"),
        ({"drop_ifg_index": (1, 2, 3, 4, 6, 7, 8, 9)}, ParameterError, "drop_ifg_index"),
        ({"unwrap_time_win": 0.0}, ParameterError, "unwrap_time_win"),
        ({"unwrap_gold_n_win": 7}, ParameterError, "unwrap_gold_n_win"),
    ],
    ids=str,
)
def test_impossible_settings_are_refused_before_anything_is_written(
    tmp_path, stamps, error, message
):
    root = made_up_tree(tmp_path)
    before = sorted(path.name for path in root.iterdir())
    with pytest.raises(error, match=message):
        run(root, **stamps)
    assert sorted(path.name for path in root.iterdir() if path.name[0] != ".") == before


def test_artifacts_that_do_not_belong_together_are_refused(tmp_path):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "mixed", pixels, np.exp(1j * truth[:-1]))
    with pytest.raises(ArtifactError, match=r"rc2\.mat: ph_rc has 899 rows, expected 900"):
        run(root)
    root = write_tree(tmp_path / "columns", pixels, np.exp(1j * truth[:, :-1]))
    with pytest.raises(ArtifactError, match=r"rc2\.mat: ph_rc has 8 columns, expected 9"):
        run(root)
    wrong = np.zeros((900, 7), dtype=np.float32)
    root = write_tree(tmp_path / "bp", pixels, np.exp(1j * truth), bperp_mat=wrong)
    with pytest.raises(ArtifactError, match=r"bp2\.mat: bperp_mat has 7 columns, expected 8"):
        run(root)


def test_a_look_angle_error_of_another_selection_is_refused_and_kept(tmp_path):
    root = made_up_tree(tmp_path)
    scla = root / "scla_smooth2.mat"
    some = np.zeros(12)
    write_artifact(scla, SmoothedLookAngleError(some, some, np.zeros((12, 9)), np.zeros((0, 0))))
    with pytest.raises(ArtifactError, match=r"12 rows, expected 900"):
        stage6_unwrap(root, RunConfig(dataset=root), scla=scla)
    assert scla.is_file()


def test_missing_optional_files_are_no_error(tmp_path):
    pixels, truth = made_up_phase()
    root = write_tree(tmp_path / "bare", pixels, np.exp(1j * truth))
    (root / "pm2.mat").unlink()
    (root / "bp2.mat").unlink()
    run(root)
    error = read_mat(root / "phuw2.mat")["ph_uw"] - truth
    error -= TWO_PI * np.round(np.median(error, axis=0) / TWO_PI)
    np.testing.assert_allclose(error, 0, atol=1e-4)


def test_a_failing_snaphu_leaves_no_artifact(tmp_path):
    root = made_up_tree(tmp_path)
    fake = tmp_path / "fake"
    fake.write_text('#!/bin/sh\nif [ "$1" = -h ]; then echo "snaphu v2.0.7"; exit 1; fi\nexit 1\n')
    fake.chmod(0o755)
    with pytest.raises(ExternalProgramError, match=r"interferogram \d \(2015"):
        stage6_unwrap(root, RunConfig(dataset=root, tools=Tools(snaphu=str(fake))))
    assert not (root / "uw_grid.mat").exists()
    assert not (root / "phuw2.mat").exists()


def test_a_run_after_a_failure_starts_afresh(tmp_path):
    root = made_up_tree(tmp_path)
    left_over = root / SCRATCH / "ifg_0077"
    left_over.mkdir(parents=True)
    (left_over / "snaphu.out").write_bytes(b"rubbish")
    run(root)
    assert not left_over.exists()

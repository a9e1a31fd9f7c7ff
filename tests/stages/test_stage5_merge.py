"""Stage 5 in the data set: ownership, duplicates, empty patches, refusals."""

from __future__ import annotations

import dataclasses
import logging

import numpy as np
import pytest

from pystamps.config import Compat, RunConfig
from pystamps.errors import (
    ArtifactError,
    DatasetError,
    NothingLeftError,
    ParameterError,
)
from pystamps.io.artifacts import (
    artifact_name,
    read_artifact,
    write_artifact,
)
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Height,
    LookAngle,
    Phase,
    Pixels,
    SelectedNoise,
)
from pystamps.pipeline.entry.stage5 import stage5_merge_and_ifgstd
from pystamps.stages.stage5_resample import sums_in_order

N_IFG, MASTER = 5, 2


@pytest.fixture
def made(tmp_path):
    """Give a function that writes patches with pixels in chosen radar cells."""
    write_mat(tmp_path / "parms.mat", {"small_baseline_flag": "n", "heading": -12.0})

    def make(**patches):
        (tmp_path / "patch.list").write_text("".join(f"{name}\n" for name in patches))
        for number, (name, (bounds, cells)) in enumerate(patches.items()):
            write_patch(tmp_path / name, bounds, cells, number=number)
        return tmp_path

    return make


def write_patch(patch, bounds, cells, *, number=0):
    """Write a patch whose pixels (line, sample) have a position that depends on the cell only."""
    patch.mkdir(exist_ok=True)
    rng = np.random.default_rng(number)
    ij = np.array(cells, dtype=float).reshape(-1, 2)
    n = len(ij)
    lonlat = np.column_stack([14 + 1e-3 * ij[:, 1], 41 + 1e-3 * ij[:, 0]])
    count = np.arange(1, n + 1)
    pixels = Pixels(
        ij=np.column_stack([count, ij]),
        lonlat=lonlat,
        xy=np.column_stack([count, 100 * ij[:, ::-1]]).astype(np.float32),
        bperp=np.array([1, 2, 0, 4, 5], dtype=np.float32) * (number + 1),
        day=700000.0 + 12 * np.arange(N_IFG),
        master_day=700024.0,
        master_ix=MASTER,
        ll0=np.array([number, 50.0]),
        mean_incidence=0.6 + number / 10,
        mean_range=8e5,
    )
    ph = np.exp(1j * rng.normal(0, 0.1, (n, N_IFG))).astype(np.complex64)
    noise = SelectedNoise(
        ph_patch=np.delete(ph, MASTER, axis=1),
        ph_res=rng.normal(0, 0.1, (n, N_IFG - 1)).astype(np.float32),
        coh_ps=rng.uniform(0.8, 1, n),
        k_ps=np.full(n, float(number)),  # says from which patch a merged pixel is
        c_ps=np.zeros(n),
    )
    baselines = Baselines(np.zeros((n, N_IFG - 1), np.float32))
    angle, height = LookAngle(np.full(n, 0.6)), Height(np.arange(n, dtype=float))
    for artifact in (
        pixels, Phase(ph), noise, baselines, angle, height, CorrectedPhase(3 * ph, ph),
    ):  # fmt: skip
        write_artifact(patch / artifact_name(type(artifact), 2), artifact)
    if bounds is not None:
        (patch / "patch_noover.in").write_text("\n".join(str(b) for b in bounds) + "\n")


def merge(root, compat=None, **stamps):
    return stage5_merge_and_ifgstd(root, RunConfig(root, stamps=stamps, compat=compat or Compat()))


def merged_cells(root):
    """Give {(line, sample): patch number} of the merged pixels."""
    ij = read_artifact(Pixels, root / "ps2.mat").ij[:, 1:].astype(int)
    k_ps = read_artifact(SelectedNoise, root / "pm2.mat").k_ps.astype(int)
    assert len({tuple(cell) for cell in ij}) == len(ij)
    return {tuple(cell): number for cell, number in zip(ij.tolist(), k_ps.tolist(), strict=True)}


@pytest.mark.parametrize("order", [("PATCH_1", "PATCH_2"), ("PATCH_2", "PATCH_1")])
def test_a_pixel_selected_in_two_patches_is_taken_from_its_own(made, order):
    patches = {
        "PATCH_1": ((1, 10, 1, 10), [(0, 3), (1, 9), (2, 10)]),
        "PATCH_2": ((11, 20, 1, 10), [(1, 9), (2, 10), (3, 15)]),
    }
    root = made(**{name: patches[name] for name in order})
    assert merge(root).counts["pixels"] == 4
    own = {name: number for number, name in enumerate(order)}
    first, second = own["PATCH_1"], own["PATCH_2"]
    assert merged_cells(root) == {(0, 3): first, (1, 9): first, (2, 10): second, (3, 15): second}


def test_a_pixel_selected_only_outside_its_own_patch_comes_from_the_first_that_has_it(made):
    root = made(
        PATCH_1=((1, 10, 1, 10), [(0, 0), (5, 25)]),
        PATCH_2=((11, 20, 1, 10), [(5, 25), (1, 12)]),
        PATCH_3=((21, 30, 1, 10), [(9, 29)]),
    )
    merge(root)
    assert merged_cells(root)[(5, 25)] == 0


def test_where_bounds_overlap_the_more_coherent_pixel_stays_and_a_warning_is_logged(made, caplog):
    root = made(
        PATCH_1=((1, 10, 1, 10), [(0, 0)]),
        PATCH_2=((5, 20, 1, 10), [(1, 7)]),
        PATCH_3=((5, 20, 1, 10), [(1, 7)]),
        PATCH_4=((5, 20, 1, 10), [(1, 7)]),
    )
    coherence = {}
    for name in ("PATCH_2", "PATCH_3", "PATCH_4"):
        coherence[name] = read_artifact(SelectedNoise, root / name / "pm2.mat").coh_ps[0]
    with caplog.at_level(logging.WARNING):
        merge(root)
    # the second takes the place of the first, the third stays beside it
    best = 2 if coherence["PATCH_3"] >= coherence["PATCH_4"] else 3
    assert merged_cells(root)[(1, 7)] == best
    assert "PATCH_1 and PATCH_2 overlap" in caplog.text


def test_of_pixels_at_one_position_the_most_coherent_stays_the_first_of_equals(made):
    root = made(
        PATCH_1=((1, 10, 1, 10), [(0, 0), (2, 2), (4, 4)]), PATCH_2=((11, 20, 1, 10), [(1, 15)])
    )
    for name, changed in (("PATCH_1", [0, 1]), ("PATCH_2", [0])):
        pixels = read_artifact(Pixels, root / name / "ps2.mat")
        lonlat = pixels.lonlat.copy()
        lonlat[changed] = (14.5, 41.5)
        write_artifact(root / name / "ps2.mat", dataclasses.replace(pixels, lonlat=lonlat))
        noise = read_artifact(SelectedNoise, root / name / "pm2.mat")
        coh_ps = np.array([np.nan, 0.9, 0.1])[: pixels.n_ps] if name == "PATCH_1" else [0.9]
        noise = dataclasses.replace(noise, coh_ps=np.array(coh_ps))
        write_artifact(root / name / "pm2.mat", noise)
    merge(root)
    assert merged_cells(root) == {(2, 2): 0, (4, 4): 0}


@pytest.mark.parametrize("resample", [0, 150])
def test_empty_patches_are_skipped_wherever_they_are(made, resample):
    bounds = [(1 + 10 * k, 10 + 10 * k, 1, 10) for k in range(4)]
    root = made(
        PATCH_1=(bounds[0], []),
        PATCH_2=(bounds[1], [(0, 10), (5, 15)]),
        PATCH_3=(bounds[2], []),
        PATCH_4=(bounds[3], [(2, 33)]),
    )
    (root / "PATCH_3" / "hgt2.mat").unlink()  # an empty patch may lack what others have
    result = merge(root, merge_resample_size=resample)
    assert result.counts["patches"] == 2 and result.counts["pixels"] == 3
    assert "without pixels: PATCH_1, PATCH_3" in result.details
    assert (root / "patch.list").read_text().split() == [f"PATCH_{k}" for k in (1, 2, 3, 4)]


def test_all_patches_empty_is_an_error_and_keeps_the_earlier_result(made):
    root = made(PATCH_1=((1, 10, 1, 10), []), PATCH_2=((11, 20, 1, 10), []))
    (root / "ps2.mat").write_text("earlier")
    flags = np.array([0, 1, 1, 1, 1.0])
    write_mat(root / "PATCH_2" / "no_ps_info.mat", {"stamps_step_no_ps": flags})
    with pytest.raises(NothingLeftError, match=r"no pixels are left.*PATCH_2 after stage 2"):
        merge(root)
    assert (root / "ps2.mat").read_text() == "earlier"


def test_nothing_left_after_resampling_is_an_error(made):
    root = made(PATCH_1=((1, 10, 1, 10), [(0, 20)]))
    with pytest.raises(NothingLeftError):
        merge(root, merge_resample_size=100)
    write_patch(root / "PATCH_1", (1, 10, 1, 10), [(0, 1)])
    with pytest.raises(NothingLeftError):
        merge(root, merge_resample_size=100, merge_standard_dev=1e-3)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("resample", [0, 50])
@pytest.mark.parametrize("one_metre", [True, False])
def test_a_single_patch_with_few_pixels_and_no_bounds(made, n, resample, one_metre):
    root = made(PATCH_1=(None, [(0, 0), (3, 4), (6, 1)][:n]))
    merge(root, Compat(merge_grid_origin_one_metre=one_metre), merge_resample_size=resample)
    assert len(merged_cells(root)) == n
    pixels = read_artifact(Pixels, root / "ps2.mat")
    assert pixels.ij[:, 0].tolist() == pixels.xy[:, 0].tolist() == list(range(1, n + 1))
    assert np.all(np.isfinite(read_mat(root / "ifgstd2.mat")["ifg_std"]))
    if n == 1:
        assert pixels.xy[0, 1:].tolist() == [0, 0]


def test_members_of_a_group_are_added_one_after_the_other_in_their_class():
    random = np.random.default_rng(0)
    values = random.random((1000, 2), dtype=np.float32)
    starts = np.array([0, 1, 300, 301, 900])
    expected = []
    for group in np.split(values, starts[1:]):
        total = group[0].copy()
        for row in group[1:]:
            total += row
        expected.append(total)
    found = sums_in_order(values, starts)
    assert found.dtype == np.float32 and np.array_equal(found, expected)
    assert not np.array_equal(found, np.add.reduceat(values.astype(np.float64), starts))
    assert sums_in_order(values, starts[:0]).shape == (0, 2)


def test_interferogram_noise_is_the_rms_over_the_pixels(made):
    root = made(PATCH_1=(None, [(0, 0), (5, 5)]))
    ph = np.exp(1j * np.array([[0.1, 0.2, 0, 0.3, -0.4], [0.1, -0.2, 0, 0.1, 0.2]]))
    write_artifact(root / "PATCH_1" / "ph2.mat", Phase(ph.astype(np.complex64)))
    noise = read_artifact(SelectedNoise, root / "PATCH_1" / "pm2.mat")
    noise = dataclasses.replace(noise, ph_patch=np.ones((2, 4), np.complex64))
    write_artifact(root / "PATCH_1" / "pm2.mat", noise)
    merge(root)
    wanted = np.rad2deg(np.sqrt(np.mean(np.angle(ph) ** 2, axis=0)))
    found = read_mat(root / "ifgstd2.mat")["ifg_std"].ravel()
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_corrected_phase_gets_unit_modulus_and_zeros_stay(made):
    root = made(PATCH_1=(None, [(0, 0), (5, 5)]))
    corrected = read_artifact(CorrectedPhase, root / "PATCH_1" / "rc2.mat")
    corrected.ph_rc[1, 3] = 0
    write_artifact(root / "PATCH_1" / "rc2.mat", corrected)
    merge(root)
    modulus = np.abs(read_artifact(CorrectedPhase, root / "rc2.mat").ph_rc)
    assert np.count_nonzero(modulus == 0) == 1
    np.testing.assert_allclose(modulus[modulus > 0], 1, rtol=2e-7)


def test_metadata_are_those_of_the_last_patch_or_of_all(made):
    root = made(
        PATCH_1=((1, 10, 1, 10), [(0, 0), (1, 1), (2, 2)]), PATCH_2=((11, 20, 1, 10), [(1, 15)])
    )
    merge(root)
    last = read_artifact(Pixels, root / "ps2.mat")
    assert last.ll0.tolist() == [1, 50] and last.bperp.tolist() == [2, 4, 0, 8, 10]
    merge(root, Compat(merged_metadata_of_last_patch=False))
    mean = read_artifact(Pixels, root / "ps2.mat")
    np.testing.assert_allclose(mean.bperp, 1.25 * np.array([1, 2, 0, 4, 5]))
    np.testing.assert_allclose(mean.ll0, [14 + 0.0075, 41.001])
    assert mean.mean_incidence == pytest.approx(0.625)
    assert np.array_equal(mean.xy, last.xy)


def test_a_last_patch_without_candidates_gives_no_origin(made):
    root = made(PATCH_1=((1, 10, 1, 10), [(0, 0), (1, 1)]), PATCH_2=((11, 20, 1, 10), []))
    last = read_artifact(Pixels, root / "PATCH_2" / "ps2.mat")
    unknown = dataclasses.replace(last, ll0=np.full(2, np.nan))
    write_artifact(root / "PATCH_2" / "ps2.mat", unknown)
    merge(root)
    assert read_artifact(Pixels, root / "ps2.mat").ll0.tolist() == [0, 50]


def test_the_grid_can_start_at_the_lowest_coordinates(made):
    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]  # 100 m apart
    root = made(PATCH_1=(None, cells))
    merge(root, merge_resample_size=101)
    assert len(read_artifact(Pixels, root / "ps2.mat").ij) == 4  # cells end at 1 m
    merge(root, Compat(merge_grid_origin_one_metre=False), merge_resample_size=101)
    assert len(read_artifact(Pixels, root / "ps2.mat").ij) == 1


def test_patches_that_do_not_belong_together_are_refused(made):
    cells = ((1, 10, 1, 10), [(0, 0)]), ((11, 20, 1, 10), [(1, 15)])
    root = made(PATCH_1=cells[0], PATCH_2=cells[1])
    pixels = read_artifact(Pixels, root / "PATCH_2" / "ps2.mat")
    write_artifact(root / "PATCH_2" / "ps2.mat", dataclasses.replace(pixels, day=pixels.day + 1))
    with pytest.raises(ArtifactError, match="day differs from that of PATCH_1"):
        merge(root)
    write_artifact(root / "PATCH_2" / "ps2.mat", pixels)
    (root / "PATCH_2" / "la2.mat").unlink()
    with pytest.raises(ArtifactError, match=r"la2\.mat is missing in PATCH_2"):
        merge(root)
    (root / "PATCH_1" / "la2.mat").unlink()
    write_artifact(root / "PATCH_2" / "bp2.mat", Baselines(np.zeros((1, 3), np.float32)))
    with pytest.raises(ArtifactError, match="bperp_mat has 3 columns, expected 4"):
        merge(root)
    write_artifact(root / "PATCH_2" / "bp2.mat", Baselines(np.zeros((2, 4), np.float32)))
    with pytest.raises(ArtifactError, match="bperp_mat has 2 rows, expected 1"):
        merge(root)
    assert not list(root.glob("*2.mat"))
    write_artifact(root / "PATCH_2" / "bp2.mat", Baselines(np.zeros((1, 4), np.float32)))
    merge(root)
    assert not (root / "la2.mat").exists()


def test_bounds_are_needed_and_must_lie_in_the_patch(made):
    cells = ((1, 10, 1, 10), [(0, 0)]), (None, [(1, 15)])
    root = made(PATCH_1=cells[0], PATCH_2=cells[1])
    with pytest.raises(ArtifactError, match=r"PATCH_2/patch_noover\.in: file is missing"):
        merge(root)
    (root / "PATCH_2" / "patch_noover.in").write_text("11\n30\n1\n10\n")
    (root / "PATCH_2" / "patch.in").write_text("8\n20\n1\n10\n")
    with pytest.raises(DatasetError, match="not inside"):
        merge(root)


def test_results_of_later_stages_in_a_patch_stay_there_and_are_named(made, caplog):
    root = made(PATCH_1=((1, 10, 1, 10), [(0, 0)]))
    later = root / "PATCH_1" / "scn2.mat"
    write_mat(later, {"ph_scn_slave": np.zeros((1, 5))})
    merge(root)
    assert "scn2.mat: results of stages 6 to 8 in patches are not merged (1 such" in caplog.text
    assert later.is_file() and not (root / "scn2.mat").exists()


def test_a_missing_heading_is_refused(made):
    root = made(PATCH_1=((1, 10, 1, 10), [(0, 0)]))
    write_mat(root / "parms.mat", {"small_baseline_flag": "n"})
    with pytest.raises(ParameterError, match="heading"):
        merge(root)


@pytest.mark.parametrize("name", ["ph_res", "lonlat", "hgt"])
def test_nan_cannot_be_resampled_but_is_merged_as_it_is(made, name):
    root = made(PATCH_1=(None, [(0, 0), (5, 5)]))
    kind = {"ph_res": SelectedNoise, "lonlat": Pixels, "hgt": Height}[name]
    path = root / "PATCH_1" / artifact_name(kind, 2)
    artifact = read_artifact(kind, path)
    values = getattr(artifact, name).copy()
    values[1] = np.nan
    write_artifact(path, dataclasses.replace(artifact, **{name: values}))
    with pytest.raises(ArtifactError, match=f"PATCH_1: {name} of pixel 2 is not finite"):
        merge(root, merge_resample_size=100)
    assert merge(root).counts["pixels"] == 2


def test_files_made_for_plots_are_reported_not_deleted(made):
    root = made(PATCH_1=(None, [(0, 0)]))
    (root / "mean_amp.flt").write_bytes(b"")
    assert "mean_amp.flt" in merge(root).details
    assert (root / "mean_amp.flt").exists()

"""Stage 1 of small baselines: what is loaded of each form, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from paired_stacks import PAIRS, paired_doris_stack, paired_snap_stack
from prepared_stacks import MASTER, SLAVES

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact
from pystamps.model import Baselines, Phase, Pixels
from pystamps.pipeline.entry.stage1 import stage1_load_initial

FORMS = {"snap": paired_snap_stack, "doris": paired_doris_stack}
DATES = sorted((MASTER, *SLAVES))


def load(patch: Path) -> Pixels:
    stage1_load_initial(patch, RunConfig(patch.parent))
    return read_artifact(Pixels, patch / "ps1.mat")


@pytest.mark.parametrize("form", FORMS)
def test_columns_are_the_pairs_in_the_order_of_the_phases(tmp_path: Path, form: str) -> None:
    pixels = load(FORMS[form](tmp_path))
    assert pixels.pairs is not None
    assert pixels.pairs.tolist() == [[DATES.index(a), DATES.index(b)] for a, b in PAIRS]
    assert (pixels.n_ifg, pixels.n_image, pixels.master_ix) == (5, 4, DATES.index(MASTER))


def test_nominal_baselines_are_those_of_the_second_image_less_those_of_the_first(
    tmp_path: Path,
) -> None:
    patch = paired_doris_stack(tmp_path)
    pixels = load(patch)
    of_image = dict(zip(SLAVES, (10.5, -20.25, 70.125), strict=True)) | {MASTER: 0.0}
    wanted = [of_image[b] - of_image[a] for a, b in PAIRS]
    np.testing.assert_array_equal(pixels.bperp, wanted)
    found = read_artifact(Baselines, patch / "bp1.mat").bperp_mat
    np.testing.assert_array_equal(found, np.tile(np.float32(wanted), (40, 1)))


def test_amplitudes_of_doris_are_removed_and_missing_phase_stays_zero(tmp_path: Path) -> None:
    patch = paired_doris_stack(tmp_path)
    stored = np.fromfile(patch / "pscands.1.ph", "<c8").reshape(5, 40)
    stored[3, 7] = 0
    stored.tofile(patch / "pscands.1.ph")
    load(patch)
    modulus = np.abs(read_artifact(Phase, patch / "ph1.mat").ph)
    assert np.count_nonzero(modulus == 0) == 1
    np.testing.assert_allclose(modulus[modulus > 0], 1, rtol=1e-6)


def test_the_order_of_the_list_of_dates_does_not_matter(tmp_path: Path) -> None:
    plain, other = paired_doris_stack(tmp_path / "a"), paired_doris_stack(tmp_path / "b")
    (other.parent / "day.1.in").write_text("".join(f"{d}\n" for d in reversed(SLAVES)))
    (other.parent / "bperp.1.in").write_text("70.125\n-20.25\n10.5\n")
    one, two = load(plain), load(other)
    np.testing.assert_array_equal(one.bperp, two.bperp)
    np.testing.assert_array_equal(one.pairs, two.pairs)
    assert one.day_ix.tolist() == [0, 1, 2] and two.day_ix.tolist() == [2, 1, 0]


def test_candidates_without_phase_are_left_out_of_small_baselines_of_snap(tmp_path: Path) -> None:
    patch = paired_snap_stack(tmp_path)
    stored = np.fromfile(patch / "pscands.1.ph", ">c8").reshape(5, 40)
    stored[2, 5] = np.nan
    stored.tofile(patch / "pscands.1.ph")
    assert load(patch).n_ps == 39


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (((SLAVES[0], SLAVES[1]), (SLAVES[1], SLAVES[2])), f"reference image {MASTER}"),
        ((*PAIRS, PAIRS[1]), f"{SLAVES[0]}_{MASTER} occurs more than once"),
        ((*PAIRS, PAIRS[1][::-1]), f"{SLAVES[0]}_{MASTER} occurs more than once"),
        ((*PAIRS, (MASTER, MASTER)), f"{MASTER}_{MASTER} combines an image with itself"),
    ],
    ids=["reference in no pair", "pair twice", "pair both ways", "one image"],
)
def test_pairs_that_are_no_network_of_the_images_are_refused(
    tmp_path: Path, form: str, pairs: tuple[tuple[str, str], ...], message: str
) -> None:
    patch = FORMS[form](tmp_path, pairs)
    with pytest.raises(ArtifactError, match=message):
        load(patch)
    assert not (patch / "ps1.mat").exists()


def text(name: str, content: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (text("ifgday.1.in", f"{SLAVES[0]} 20190101\n{SLAVES[0]} {MASTER}\n"), "not in day.1.in"),
        (text("ifgday.1.in", f"{SLAVES[0]}\n"), "two per interferogram"),
        (lambda root: (root / "ifgday.1.in").unlink(), "ifgday.1.in"),
        (
            text("ifgday.1.in", "".join(f"{a} {b}\n" for a, b in reversed(PAIRS))),
            "dates of ifgday.1.in in the same order",
        ),
        (text("bperp.1.in", "1\n2\n3\n4\n5\n"), "found 5 baselines, expected 3"),
    ],
    ids=["unknown date", "odd number", "no list", "another order", "baselines of pairs"],
)
def test_lists_that_contradict_each_other_are_refused(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    patch = paired_doris_stack(tmp_path)
    damage(patch.parent)
    with pytest.raises(ArtifactError, match=message):
        load(patch)


def test_a_parameter_file_without_date_leaves_the_reference_unknown(tmp_path: Path) -> None:
    patch = paired_snap_stack(tmp_path)
    raw = tmp_path / "raw" / "SMALL_BASELINES"
    (raw / f"{MASTER}.rslc.par").rename(raw / "reference.rslc.par")
    (patch.parent / "rsc.txt").write_text("../raw/SMALL_BASELINES/reference.rslc.par\n")
    with pytest.raises(ArtifactError, match=r"rsc\.txt: .* holds no date of the reference image"):
        load(patch)

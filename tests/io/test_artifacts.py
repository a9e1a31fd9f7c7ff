"""Every golden artifact survives the way into its dataclass and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from artifact_examples import EXAMPLES
from stage_comparison import assert_same_artifact, compare

from pystamps import model
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import (
    ArtifactSet,
    artifact_name,
    field_names,
    read_artifact,
    read_variable,
    to_variables,
    write_artifact,
)
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import write_mat

STAGE_OF = {
    model.Pixels: ("stage1/PATCH_1/ps1", "stage4/PATCH_2/ps2", "stage5/ps2"),
    model.Phase: ("stage1/PATCH_1/ph1", "stage5/ph2"),
    model.Baselines: ("stage1/PATCH_1/bp1", "stage5/bp2"),
    model.LookAngle: ("stage1/PATCH_1/la1", "stage5/la2"),
    model.AmplitudeDispersion: ("stage1/PATCH_1/da1",),
    model.Height: ("stage1/PATCH_1/hgt1", "stage5/hgt2"),
    model.PhaseNoise: ("stage2/PATCH_1/pm1",),
    model.Selection: ("stage3/PATCH_1/select1",),
    model.Weeding: ("stage4/PATCH_1/weed1",),
    model.SelectedNoise: ("stage4/PATCH_1/pm2", "stage5/pm2"),
    model.CorrectedPhase: ("stage5/PATCH_1/rc2", "stage5/rc2"),
    model.InterferogramNoise: ("stage5/ifgstd2",),
    model.UnwrapGrid: ("stage6/uw_grid",),
    model.UnwrapArcs: ("stage6/uw_interp",),
    model.SpaceTime: ("stage6/uw_space_time",),
    model.UnwrappedGrid: ("stage6/uw_phaseuw",),
    model.Unwrapped: ("stage6/phuw2",),
    model.LookAngleError: ("stage7/scla2",),
    model.SmoothedLookAngleError: ("stage7/scla_smooth2",),
    model.CorrelatedNoise: ("stage8/scn2",),
}
FILES = [("tiny/stages", kind, name) for kind, names in STAGE_OF.items() for name in names]
FILES += [
    ("sb_small/stages", model.Unwrapped, "stage6/phuw2"),
    ("sb_small/stages", model.UnwrappedPairs, "stage6/phuw_sb2"),
    ("sb_small/stages", model.PairInversion, "stage6/phuw_sb_res2"),
    ("sb_small/stages", model.LookAngleError, "stage7/scla2"),
    ("sb_small/stages", model.PairLookAngleError, "stage7/scla_sb2"),
    ("sb_small/stages", model.SmoothedPairLookAngleError, "stage7/scla_smooth_sb2"),
    ("sb_small/stages", model.CorrelatedNoise, "stage8/scn2"),
    ("variants", model.ClosureLoops, "sb_small__hold_good/stage6/phuw_loops2"),
    ("variants", model.ClosedPixels, "sb_small__hold_good/stage6/phuw_good2"),
]


@pytest.mark.golden
@pytest.mark.parametrize(
    ("tree", "kind", "name"), FILES, ids=[f"{tree}/{name}" for tree, _, name in FILES]
)
def test_reading_and_writing_a_golden_artifact_changes_nothing(
    shared_data, tmp_path, tree, kind, name
):
    golden = shared_data / tree / f"{name}.mat"
    written = tmp_path / golden.name
    write_artifact(written, read_artifact(kind, golden))
    assert_same_artifact(written, golden)


@pytest.mark.golden
def test_an_incidence_that_no_patch_had_is_read_as_empty_and_can_be_written_so(
    shared_data, tmp_path
):
    golden = shared_data / "tiny" / "stages" / "stage5" / "inc2.mat"
    assert read_artifact(model.Incidence, golden).inc.shape == (0,)
    write_artifact(tmp_path / "inc2.mat", model.Incidence(np.zeros((0, 0))))
    assert_same_artifact(tmp_path / "inc2.mat", golden)


@pytest.mark.parametrize("version", ["5", "7.3"])
@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_every_artifact_comes_back_as_it_was_written(tmp_path, kind, version):
    path = tmp_path / artifact_name(kind)
    example = EXAMPLES[kind]
    write_artifact(path, example, mat_version=version)
    back = read_artifact(kind, path)
    for name in field_names(kind):
        given, found = getattr(example, name), getattr(back, name)
        assert type(given) is type(found) or np.isscalar(given), name
        if given is not None:
            assert compare(found, given) == ("", 0.0), name


def test_every_layout_names_the_fields_of_its_class():
    for kind, layout in LAYOUTS.items():
        assert set(layout.fields) == set(field_names(kind)), kind.__name__


def test_there_is_an_example_of_every_artifact():
    assert set(EXAMPLES) == set(LAYOUTS)


def test_indices_are_one_based_in_the_file_only(tmp_path):
    example = EXAMPLES[model.UnwrapArcs]
    variables = to_variables(example)
    assert np.array_equal(variables["edgs"], example.edgs + 1.0)
    path = tmp_path / "uw_interp.mat"
    write_artifact(path, example)
    edgs = read_variable(model.UnwrapArcs, "edgs", path)
    assert edgs.dtype == np.int64
    assert edgs.flags.c_contiguous


def test_a_missing_variable_is_named_with_its_file(tmp_path):
    path = tmp_path / "ph1.mat"
    write_artifact(path, EXAMPLES[model.Height])
    with pytest.raises(ArtifactError, match=r"ph1\.mat: variable ph is missing; found \w+"):
        read_artifact(model.Phase, path)


def test_a_scalar_with_several_values_is_refused(tmp_path):
    variables = to_variables(EXAMPLES[model.Pixels]) | {"master_day": np.zeros((2, 1))}
    path = tmp_path / "ps1.mat"
    artifacts = ArtifactSet(tmp_path, "5")
    artifacts.write_variables("ps1.mat", variables)
    artifacts.commit()
    with pytest.raises(ArtifactError, match="master_day has 2 values"):
        read_artifact(model.Pixels, path)


def test_what_is_discarded_leaves_old_artifacts_and_no_temporary_files(tmp_path):
    write_artifact(tmp_path / "hgt1.mat", EXAMPLES[model.Height])
    before = (tmp_path / "hgt1.mat").read_bytes()
    artifacts = ArtifactSet(tmp_path, "5")
    artifacts.write(model.Height(np.ones(3)), 1)
    artifacts.write(EXAMPLES[model.Phase], 1)
    artifacts.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["hgt1.mat"]
    assert (tmp_path / "hgt1.mat").read_bytes() == before


def test_artifacts_of_a_stage_get_their_names_together(tmp_path):
    artifacts = ArtifactSet(tmp_path, "5")
    artifacts.write(EXAMPLES[model.Height], 1)
    artifacts.write(EXAMPLES[model.Phase], 1)
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    artifacts.commit()
    artifacts.discard()
    assert artifacts.names == ("hgt1.mat", "ph1.mat")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hgt1.mat", "ph1.mat"]


def test_the_mat_version_reaches_the_files(tmp_path):
    artifacts = ArtifactSet(tmp_path, "7.3")
    artifacts.write(EXAMPLES[model.Phase], 1)
    artifacts.commit()
    assert Path(tmp_path / "ph1.mat").read_bytes().startswith(b"MATLAB 7.3 MAT-file")


def test_a_reduced_file_is_refused_with_the_variables_that_it_has(tmp_path: Path) -> None:
    write_mat(tmp_path / "pm1.mat", {"K_ps": np.zeros((2, 1)), "coh_ps": np.zeros((2, 1))})
    with pytest.raises(ArtifactError, match=r"ph_patch is missing; found K_ps, coh_ps; run the st"):
        read_variable(model.PhaseNoise, "ph_patch", tmp_path / "pm1.mat")

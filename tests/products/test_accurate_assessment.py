"""Results of the accuracy modes beside the truth: what they are, and when they are left out."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from processed_tree import DAYS, MASTER, SIZE, WAVELENGTH, write_processed_tree, write_truth_of_tree

from pystamps.cli import main
from pystamps.config import Accuracy, RunConfig
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.checksums import state_of_file
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import AccuratePhase, AccurateSeries, AccurateVelocity, ArcCycles, Unwrapped
from pystamps.pipeline.provenance import Provenance, write_record
from pystamps.pipeline.stages import run_stage
from pystamps.products.accurate_assessment import AccurateAssessment
from pystamps.products.assessment import assess_dataset
from pystamps.stage_table import ACCURATE

ERROR_MM = 0.5
"""Of the velocity of the modes: half of the pixels so much too fast, half too slow."""
BASE = {"lambda": repr(WAVELENGTH), "heading": "-12.0", "insar_processor": "'snap'"}
SETTINGS = {**BASE, "accuracy.preset": "stepwise"}


def truth_of(root: Path) -> AccurateAssessment | str | None:
    return assess_dataset(root, root / "truth.h5").accurate


def record(
    root: Path,
    place: int,
    inputs: tuple[str, ...],
    settings: dict[str, str],
    warnings: tuple[str, ...] = (),
) -> None:
    """Note what a file of the modes was made from, as its stage does."""
    stage = ACCURATE[place]
    states = [{n: state_of_file(root / n) for n in names} for names in (stage.outputs, inputs)]
    times = ("0.1", "by a test", "then", "later", 1.0)
    write_record(
        root,
        Provenance(
            stage.name, "", *times, settings=settings, warnings=warnings, files=states[0],
            inputs=states[1],
        ),
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set whose modes know velocity, height, series and phase, with errors of known size."""
    line, sample = np.nonzero(np.indices(SIZE)[0] < 6)
    velocity = -20.0 + line + 0.5 * sample
    write_processed_tree(tmp_path, velocity, line, sample)
    write_truth_of_tree(tmp_path / "truth.h5")
    n_ps, years = line.size, (DAYS - DAYS[MASTER]) / 365.25
    sign, full = np.where(line % 2, 1.0, -1.0), np.ones(n_ps)
    per_height = np.linspace(-4.5e-4, -4.0e-4, SIZE[1])[sample]
    k_ps = (0.0005 / per_height - 3.0) * per_height
    artifacts = (
        AccurateVelocity(
            velocity + ERROR_MM * sign, 0.6 * full, velocity, full, 0 * full, 0.1 * full, k_ps
        ),
        AccurateSeries(*(np.float32(np.outer(velocity, years)), np.zeros((n_ps, 6), np.float32))),
        AccuratePhase(
            read_artifact(Unwrapped, tmp_path / "phuw2.mat").ph_uw,
            *(np.zeros((n_ps, 6)), np.zeros((n_ps, 6)), k_ps, np.zeros(n_ps)),
        ),
    )
    for artifact, name in zip(artifacts, ("v", "series", "uw"), strict=True):
        write_artifact(tmp_path / f"accurate_{name}.mat", artifact)
    record(tmp_path, 1, ("ps2.mat", "phuw2.mat", "ifgstd2.mat"), SETTINGS)
    record(tmp_path, 2, ("ps2.mat", "phuw2.mat", "accurate_uw.mat"), SETTINGS)
    record(tmp_path, 3, ("ps2.mat", "phuw2.mat", "accurate_v.mat"), SETTINGS)
    return tmp_path


def test_velocity_height_series_and_cycles_of_the_modes_have_their_known_errors(data):
    found = truth_of(data)
    assert found.modes == "unwrap_model cycles, orbit_plane combined, scn_trend remove"
    assert found.velocity_of_scatterers.rms == pytest.approx(ERROR_MM, rel=0.01)
    assert (found.coverage.within_1, found.coverage.within_2) == (1, 1)
    assert found.coverage.stated_rms == pytest.approx(0.6)
    assert found.dem_error.rms < 1e-6 and found.dem_error_coverage is None
    assert found.series.median_rms_mm < 1e-4 and not found.unwrapping.wrong_fraction
    assert not found.left_out


def test_a_deviation_that_is_too_small_covers_nothing(data):
    stored = read_artifact(AccurateVelocity, data / "accurate_v.mat")
    small = dataclasses.replace(stored, v_std=stored.v_std / 2, k_std=np.full_like(stored.v, 1e-4))
    write_artifact(data / "accurate_v.mat", small)
    record(data, 2, ("ps2.mat",), SETTINGS)
    found = truth_of(data)
    assert found.coverage.within_1 == 0 and found.coverage.within_2 == 1
    assert found.dem_error_coverage.within_1 == 1
    assert any("made from another accurate_v.mat" in reason for reason in found.left_out)
    assert found.series is None  # made from the velocity before


def test_the_command_prints_both_results_for_people_and_as_json(data):
    lines = CliRunner().invoke(main, ["assess", "--run", str(data)]).output.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("accuracy modes unwrap_model"))
    assert lines[0].startswith("pixels") and any(line.startswith("velocity") for line in lines[:at])
    words = ("velocity", "uncertainty", "DEM error", "displacement", "unwrapping")
    assert [line.split()[0] for line in lines[at + 1 : at + 6]] == [w.split()[0] for w in words]
    output = CliRunner().invoke(main, ["assess", "--run", str(data), "--json"]).output
    found = json.loads(output)["accurate"]
    assert found["velocity_of_scatterers"]["rms"] == pytest.approx(ERROR_MM, rel=0.01)


def test_what_the_modes_have_warned_of_is_told_where_their_results_are(data):
    (data / "accurate_arcs.mat").write_bytes(b"of a run with other modes")
    record(data, 0, ("ps2.mat",), SETTINGS, ("of arcs",))
    record(data, 2, ("ps2.mat", "phuw2.mat"), SETTINGS, ("it may harm",))
    record(data, 3, ("ps2.mat", "accurate_v.mat"), SETTINGS, ("it is off",))
    assert truth_of(data).warnings == ("it may harm", "it is off")
    output = CliRunner().invoke(main, ["assess", "--run", str(data)]).output
    assert "  warning      it may harm\n  warning      it is off\n" in output
    write_mat(data / "accurate_uw.mat", read_mat(data / "accurate_uw.mat") | {"other": np.ones(3)})
    record(data, 1, ("ps2.mat", "phuw2.mat"), SETTINGS)
    record(data, 3, ("scla2.mat", "accurate_v.mat"), SETTINGS, ("it is off",))
    path = data / "scla2.mat"
    write_mat(path, read_mat(path) | {"left_by_a_test": np.ones(3)})
    found = truth_of(data)  # the series belong to another scla2.mat, the velocity does not read it
    assert found.left_out and found.warnings == ("it may harm",)


def test_without_modes_nothing_is_said_of_them(data):
    with_modes = assess_dataset(data, data / "truth.h5")
    (data / "accurate_v.mat").unlink()
    without = assess_dataset(data, data / "truth.h5")
    assert without.accurate is None
    assert repr(without) == repr(dataclasses.replace(with_modes, accurate=None))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("phuw2.mat", r"accurate_v\.mat: made from another phuw2\.mat"),
        ("ifgstd2.mat", r"accurate_uw\.mat: made from another ifgstd2\.mat"),
        ("accurate_v.mat", r"accurate_v\.mat: no record"),
        (".pystamps/provenance/product_accurate_velocity.json", "no record"),
    ],
)
def test_results_of_other_files_are_left_out_and_the_reason_told(data, name, reason):
    path = data / name
    if path.suffix == ".json":
        path.unlink()
    else:
        write_mat(path, read_mat(path) | {"left_by_a_test": np.ones(3)})
    found = truth_of(data)
    assert isinstance(found, str)
    assert re.search(reason, found) and "accuracy modes again" in found
    output = CliRunner().invoke(main, ["assess", "--run", str(data)]).output
    assert f"accuracy modes left out: {found}" in output


def test_results_of_another_reference_area_are_left_out(data):
    write_mat(data / "localparms.mat", {"ref_centre_lonlat": [10.0, 45.0], "ref_radius": 500.0})
    found = truth_of(data)
    assert "another ref_centre_lonlat, ref_radius" in found


def test_a_phase_that_the_modes_did_not_read_does_not_count(data):
    settings = {**BASE, "accuracy.scn_trend": "remove"}
    record(data, 2, ("ps2.mat", "accurate_uw.mat"), settings)
    record(data, 3, ("ps2.mat", "accurate_v.mat", "accurate_uw.mat"), settings)
    (data / "accurate_uw.mat").unlink()
    found = truth_of(data)
    assert found.modes == "scn_trend remove"
    assert found.unwrapping is None and not found.left_out


def test_cycles_of_arcs_that_belong_to_another_phase_are_left_out(data):
    settings = {**SETTINGS, "accuracy.unwrap_model": "arcs"}
    n_ps = len(read_artifact(Unwrapped, data / "phuw2.mat").ph_uw)
    nothing = (np.zeros(n_ps) for _ in range(3))
    write_artifact(data / "accurate_arcs.mat", ArcCycles(np.zeros((n_ps, 6), np.float32), *nothing))
    record(data, 0, ("ps2.mat", "phuw2.mat", "ifgstd2.mat"), settings)
    record(data, 1, ("ps2.mat", "phuw2.mat", "accurate_arcs.mat"), settings)
    record(data, 2, ("ps2.mat", "phuw2.mat", "accurate_uw.mat"), settings)
    assert truth_of(data).modes.startswith("unwrap_model arcs")
    read_before = data / "ifgstd2.mat"
    write_mat(read_before, read_mat(read_before) | {"left_by_a_test": np.ones(3)})
    assert "accurate_arcs.mat: made from another ifgstd2.mat" in truth_of(data)


@pytest.mark.slow
def test_the_modes_of_a_processed_stack_stand_beside_the_results_of_stamps(finished: Path):
    config = RunConfig(dataset=finished, accuracy=Accuracy("accurate", "arcs"))
    for stage in ACCURATE:
        run_stage(stage.name, "merged", finished, config)
    found = assess_dataset(finished, finished / "truth.h5")
    assert isinstance(found.accurate, AccurateAssessment)
    assert found.accurate.series is not None and found.accurate.unwrapping is not None
    assert found.accurate.velocity_of_scatterers.rms < 1.2 * found.velocity_of_scatterers.rms
    from_earlier = finished / "scla2.mat"
    write_mat(from_earlier, read_mat(from_earlier) | {"left_by_a_test": np.ones(3)})
    assert "made from another scla2.mat" in str(truth_of(finished))

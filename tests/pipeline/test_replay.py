"""Replay of a reference: what is copied, what is refused before anything is, and what records say.

The reference is the simulated tiny set, processed by all stages; the run is the set as prepared.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chain import run_chain
from click.testing import CliRunner
from trees import copy_writable

from pystamps.cli import main
from pystamps.config import Compat, RunConfig
from pystamps.errors import PystampsError
from pystamps.io.checksums import file_checksum
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.no_ps_info import empty_steps
from pystamps.io.stage_records import FOLDER, record_path, replayed_files, versions_of
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import STAGE_DEFS
from pystamps.pipeline.types import StageResult
from pystamps.replay.checked import CHECKED_VARIABLE
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import STAGES

PATCHES = ("PATCH_1", "PATCH_2")
REPLAYED = [stage.name for stage in STAGES if not stage.is_product]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set as prepared (run) and with all its results (reference)."""
    folder = tmp_path_factory.mktemp("replay")
    simulate_dataset(folder / "run", PRESETS["tiny"])
    shutil.copytree(folder / "run", folder / "reference")
    run_chain(folder / "reference").require(8)
    return folder


@pytest.fixture(autouse=True)
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every test begin as a process that has checked nothing."""
    monkeypatch.delenv(CHECKED_VARIABLE, raising=False)
    yield
    os.environ.pop(CHECKED_VARIABLE, None)


@pytest.fixture
def run(trees: Path, tmp_path: Path) -> Path:
    """A copy of the prepared set."""
    return Path(shutil.copytree(trees / "run", tmp_path / "run"))


@pytest.fixture
def reference(trees: Path, tmp_path: Path) -> Path:
    """A copy of the processed set."""
    return Path(shutil.copytree(trees / "reference", tmp_path / "reference"))


def replaying(run: Path, reference: Path, **more: Any) -> RunConfig:
    compat = Compat(strict_reference_replay=reference, **more.pop("compat", {}))
    return RunConfig(run, compat=compat, **more)


def copies_of(results: list[StageResult]) -> list[StageResult]:
    """Give the results of all stages that make no product."""
    products = {stage.name for stage in STAGES if stage.is_product}
    assert {result.stage for result in results} > products
    return [result for result in results if result.stage not in products]


def plan_of(run: Path, reference: Path, **more: Any) -> WorkflowPlan:
    return WorkflowPlan.from_mapping(replaying(run, reference, **more).to_mapping())


def run_stages(run: Path, config: RunConfig, *names: str) -> list[StageResult]:
    """Run stages (all when none is named) on all their targets."""
    return [
        stage.run(directory, config)
        for stage in STAGE_DEFS
        if not names or stage.name in names
        for directory in ([run / p for p in PATCHES] if stage.files.scope == "patch" else [run])
    ]


def state_of(root: Path) -> dict[str, tuple[str, int]]:
    """Give content and time of every file."""
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def change(path: Path, **values: Any) -> None:
    """Change variables of a MAT file; a function gets the value that is there."""
    found = read_mat(path)
    write_mat(path, found | {k: v(found[k]) if callable(v) else v for k, v in values.items()})


def test_every_stage_copies_its_files_byte_for_byte(run: Path, reference: Path) -> None:
    before = state_of(reference)
    results = run_stages(run, replaying(run, reference))
    assert [r.stage for r in results if r.details == "replayed"] == [
        name for name in REPLAYED for _ in (PATCHES if name in REPLAYED[:5] else ("",))
    ]
    copied = [
        f"{r.directory.relative_to(run)}/{name}" for r in copies_of(results) for name in r.written
    ]
    assert len(copied) > 40
    for name in copied:
        assert (run / name).read_bytes() == (reference / name).read_bytes(), name
    for name in ("mean_v.mat", "products/ps.h5"):  # made from the copies, no copies themselves
        assert (run / name).is_file()
    assert state_of(reference) == before


def test_what_surrounds_a_copy_is_as_after_the_stage(run: Path, reference: Path) -> None:
    (run / "PATCH_1" / "inc1.mat").write_text("of another stack")
    config = replaying(run, reference)
    run_stages(run, config, *REPLAYED[:4])
    assert read_mat(run / "PATCH_1" / "psver.mat")["psver"].item() == 1
    assert empty_steps(run / "PATCH_1") == set()
    assert not (run / "PATCH_1" / "inc1.mat").exists()
    run_stages(run, config, *REPLAYED[4:6])
    assert read_mat(run / "PATCH_1" / "psver.mat")["psver"].item() == 2
    assert read_mat(run / "psver.mat")["psver"].item() == 2
    assert read_mat(run / "parms.mat").keys() == read_mat(reference / "parms.mat").keys()


def test_the_record_says_what_was_copied_from_where(run: Path, reference: Path) -> None:
    run_stages(run, replaying(run, reference), *REPLAYED[:3])
    record = json.loads((run / record_path("stage2_gamma", "PATCH_2")).read_text())
    assert record["origin"] == "replayed" and record["source"] == str(reference)
    assert record["source_digests"] == {"pm1.mat": file_checksum(reference / "PATCH_2" / "pm1.mat")}
    made = versions_of(run, "stage2_gamma", "PATCH_2", ["PATCH_2/pm1.mat"])
    assert made == {"PATCH_2/pm1.mat": f"replayed from {reference}"}
    found = replayed_files(run)
    assert {"PATCH_1/ps1.mat", "PATCH_2/pm1.mat", "PATCH_1/select1.mat"} <= found.keys()
    assert set(found.values()) == {str(reference)}
    assert replayed_files(reference) == {}
    shown = CliRunner().invoke(main, ["status", "-d", str(run)])
    assert f"replayed from {reference}: stage1_load of PATCH_1" in shown.output


def test_a_copy_that_is_computed_again_is_no_copy_any_more(run: Path, reference: Path) -> None:
    run_stages(run, replaying(run, reference), "stage1_load")
    run_stages(run, RunConfig(run), "stage1_load")
    assert replayed_files(run) == {}
    record = json.loads((run / record_path("stage1_load", "PATCH_1")).read_text())
    assert record["origin"] == "computed" and record["source"] == ""


def test_records_that_point_elsewhere_name_no_file_outside(run: Path, tmp_path: Path) -> None:
    (run / FOLDER).mkdir(parents=True)
    (tmp_path / "pm1.mat").write_text("x")
    record = {"version": "1", "origin": "replayed", "target": "..", "files": {"../pm1.mat": ""}}
    (run / FOLDER / "stage2_gamma.json").write_text(json.dumps(record))
    assert replayed_files(run) == {}


def test_a_stage_that_the_reference_lacks_runs_between_copies(run: Path, reference: Path) -> None:
    (reference / "PATCH_1" / "select1.mat").unlink()
    results = run_stages(run, replaying(run, reference), *REPLAYED[:4])
    details = {(r.stage, r.directory.name): r.details for r in results}
    assert details["stage3_select", "PATCH_1"] != "replayed"
    assert details["stage3_select", "PATCH_2"] == "replayed"
    assert details["stage4_weed", "PATCH_1"] == "replayed"
    assert "PATCH_1/select1.mat" not in replayed_files(run)


def test_a_copy_that_does_not_fit_what_was_computed_is_refused(run: Path, reference: Path) -> None:
    config = replaying(run, reference)
    run_stages(run, config, *REPLAYED[:3])
    change(run / "PATCH_1" / "select1.mat", ix=lambda ix: ix[:-1])
    shutil.rmtree(run / ".pystamps")  # whose records would say that it has changed
    with pytest.raises(PystampsError, match=r"select1\.mat: ix has the size .*belongs to other"):
        run_stages(run, config, "stage4_weed")
    assert not (run / "PATCH_1" / "weed1.mat").exists()


def test_a_reference_that_ends_early_is_replayed_so_far(run: Path, reference: Path) -> None:
    shutil.rmtree(reference / ".pystamps")  # as StaMPS would have made it
    for name in ("scla2.mat", "scla_smooth2.mat", "scn2.mat"):
        (reference / name).unlink()
    plan = plan_of(run, reference)
    assert plan.replay is not None
    assert [b.stage for b in plan.replay.of("")] == ["stage5_merge", "stage6_unwrap"]
    for name in ("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "uw_space_time.mat"):
        (reference / name).unlink()  # StaMPS leaves phuw2.mat in stage 5
    plan = plan_of(run, reference)
    assert plan.replay is not None
    assert [b.stage for b in plan.replay.of("")] == ["stage5_merge"]
    for path in (
        reference / "phuw2.mat",
        reference / "PATCH_1" / "rc2.mat",
        *reference.glob("*2.mat"),
    ):
        path.unlink(missing_ok=True)
    plan = plan_of(run, reference)
    assert plan.replay is not None
    assert [b.stage for b in plan.replay.of("PATCH_1")] == REPLAYED[:4]
    assert [b.stage for b in plan.replay.of("PATCH_2")] == REPLAYED[:5]


def test_what_a_tree_of_pystamps_lacks_is_never_taken_for_an_early_end(
    run: Path, reference: Path
) -> None:
    (reference / "scn2.mat").unlink()
    with pytest.raises(PystampsError, match=r"holds uw_space_time\.mat of stage8_filter, but not"):
        plan_of(run, reference)


def other_lonlat(lonlat: np.ndarray) -> np.ndarray:
    moved = lonlat.copy()
    moved[3] += 1e-4
    return moved


def other_phase(ph: np.ndarray) -> np.ndarray:
    turned = ph.copy()
    turned[5, 1] *= np.exp(0.01j)
    return turned


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


CHANGES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a file of a bundle is missing": (
        lambda ref, run: (ref / "PATCH_2" / "bp1.mat").unlink(),
        r"of stage1_load of PATCH_2, but not PATCH_2/bp1\.mat; complete the reference",
    ),
    "a file of a merged bundle is missing": (
        lambda ref, run: (ref / "ifgstd2.mat").unlink(),
        r"of stage5_merge, but not ifgstd2\.mat",
    ),
    "a folder stands for a file": (
        lambda ref, run: ((ref / "scn2.mat").unlink(), (ref / "scn2.mat").mkdir()),
        r"of stage8_filter, but not scn2\.mat",
    ),
    "a file is cut off": (
        lambda ref, run: truncate(ref / "phuw2.mat"), r"phuw2\.mat",
    ),
    "a compressed file is cut off": (
        lambda ref, run: (compress(ref / "scn2.mat"), truncate(ref / "scn2.mat")), r"scn2\.mat",
    ),
    "a file is no MAT file": (
        lambda ref, run: (ref / "PATCH_1" / "pm1.mat").write_text("nothing"), r"pm1\.mat",
    ),
    "a variable is missing": (
        lambda ref, run: write_mat(
            ref / "scla2.mat",
            {k: v for k, v in read_mat(ref / "scla2.mat").items() if k != "K_ps_uw"},
        ),
        r"scla2\.mat: variable K_ps_uw is missing",
    ),
    "rows are missing": (
        lambda ref, run: change(ref / "PATCH_1" / "pm1.mat", coh_ps=lambda v: v[:-1]),
        r"pm1\.mat: coh_ps has \d+ values, expected \d+",
    ),
    "a column is missing": (
        lambda ref, run: change(ref / "phuw2.mat", ph_uw=lambda v: v[:, :-1]),
        r"phuw2\.mat: ph_uw has \d+ columns, expected \d+",
    ),
    "pixels of two bundles do not fit": (
        lambda ref, run: change(ref / "PATCH_1" / "weed1.mat", ix_weed=lambda v: ~v.astype(bool)),
        r"PATCH_1.ps2\.mat: .*expected",
    ),
    "a candidate lies elsewhere": (
        lambda ref, run: change(ref / "PATCH_1" / "ps1.mat", lonlat=other_lonlat),
        r"ps1\.mat: 1 of \d+ candidates lie elsewhere; give a reference that was made from",
    ),
    "a candidate has another place in the image": (
        lambda ref, run: change(ref / "PATCH_2" / "ps1.mat", ij=lambda v: v + np.eye(3)[1]),
        r"ps1\.mat: \d+ of \d+ candidates lie elsewhere",
    ),
    "a candidate has another phase": (
        lambda ref, run: change(ref / "PATCH_2" / "ph1.mat", ph=other_phase),
        r"PATCH_2.ph1\.mat: 1 of \d+ candidates have other phases",
    ),
    "a candidate has another dispersion": (
        lambda ref, run: change(ref / "PATCH_2" / "da1.mat", D_A=lambda v: v * 1.01),
        r"da1\.mat: \d+ of \d+ candidates have other dispersions",
    ),
    "a candidate has another height": (
        lambda ref, run: change(ref / "PATCH_1" / "hgt1.mat", hgt=lambda v: v + 5.0),
        r"hgt1\.mat: \d+ of \d+ candidates have other heights",
    ),
    "an image is of another date": (
        lambda ref, run: change(ref / "PATCH_1" / "ps1.mat", day=lambda d: d + (d == d.max())),
        r"ps1\.mat: dates only there: \d{8}; only in the run: \d{8}",
    ),
    "the reference image is of another date": (
        lambda ref, run: change(ref / "PATCH_1" / "ps1.mat", master_day=lambda d: d + 1),
        r"ps1\.mat: the date of its reference image is \d{8}, not \d{8}",
    ),
    "merged images are of other dates": (
        lambda ref, run: change(ref / "ps2.mat", day=lambda d: d + (d == d.max())),
        r"reference.ps2\.mat: dates only there",
    ),
    "a selected pixel is no candidate": (
        lambda ref, run: change(ref / "PATCH_1" / "ps2.mat", lonlat=other_lonlat),
        r"PATCH_1.ps2\.mat: 1 of \d+ pixels are no candidates of the run",
    ),
    "a merged pixel is no candidate": (
        lambda ref, run: change(ref / "ps2.mat", lonlat=other_lonlat),
        r"reference.ps2\.mat: 1 of \d+ pixels are no candidates of the run",
    ),
    "the candidates of the run are others": (
        lambda ref, run: flip_byte(run / "PATCH_1" / "pscands.1.ph", 8),
        r"ph1\.mat: 1 of \d+ candidates have other phases",
    ),
    "nothing says which candidates they were": (
        lambda ref, run: [p.unlink() for p in candidates_and_stage_1(ref / "PATCH_1")],
        r"holds neither ps1\.mat and ph1\.mat nor pscands",
    ),
    "the run has no candidates": (
        lambda ref, run: (run / "PATCH_2" / "pscands.1.ll").unlink(),
        r"run.PATCH_2.pscands\.1\.ll is missing",
    ),
    "the reference has another patch": (
        lambda ref, run: (shutil.copytree(ref / "PATCH_2", ref / "PATCH_3"),
                          (ref / "patch.list").write_text("PATCH_1\nPATCH_2\nPATCH_3\n")),
        r"has the patches PATCH_1, PATCH_2, PATCH_3, the data set PATCH_1, PATCH_2;",
    ),
    "the patches are in another order": (
        lambda ref, run: (ref / "patch.list").write_text("PATCH_2\nPATCH_1\n"),
        r"has the patches PATCH_2, PATCH_1, the data set PATCH_1, PATCH_2;",
    ),
    "a parameter of StaMPS was another": (
        lambda ref, run: (shutil.rmtree(ref / ".pystamps"),
                          change(ref / "parms.mat", clap_win=16.0)),
        r"stage2_gamma of PATCH_1 was made with clap_win = 16, the run says 32",
    ),
    "a parameter is another in the run": (
        lambda ref, run: change(run / "parms.mat", unwrap_grid_size=100.0),
        r"stage6_unwrap was made with unwrap_grid_size = 200\.0, the run says 100\.0",
    ),
    "the processor is another": (
        lambda ref, run: (change(ref / "parms.mat", insar_processor="gamma"),),
        r"has insar_processor = 'gamma', the run 'snap'",
    ),
    "the degree of the surface was another": (
        lambda ref, run: write_mat(ref / "deramp_degree.mat", {"degree": 2.0}),
        r"stage7_scla was made with deramp_degree = 2\.0, the run says the default",
    ),
    "the parameters are not there": (
        lambda ref, run: (ref / "parms.mat").unlink(), r"parms\.mat: file is missing",
    ),
    "a file is a link out of the reference": (
        lambda ref, run: link_out(ref / "PATCH_1" / "pm1.mat", ref.parent / "elsewhere.mat"),
        r"pm1\.mat is a link to .*elsewhere\.mat, no file of the reference",
    ),
    "a file is a link to nothing": (
        lambda ref, run: ((ref / "scn2.mat").unlink(), (ref / "scn2.mat").symlink_to("gone.mat")),
        r"scn2\.mat is a link to .*gone\.mat, no file of the reference",
    ),
    "a patch is a link out of the reference": (
        lambda ref, run: (shutil.move(ref / "PATCH_2", ref.parent / "away"),
                          (ref / "PATCH_2").symlink_to(ref.parent / "away")),
        r"is a link to .*away; results are never written through links",
    ),
    "nothing is finished": (
        lambda ref, run: [p.unlink() for p in ref.rglob("*[12].mat")]
        + [p.unlink() for p in ref.glob("uw_*.mat")],
        r"holds all files of no stage",
    ),
}  # fmt: skip
"""What is wrong with the reference (or the run), and the message that says so."""


def compress(path: Path) -> None:
    """Write a MAT file as Octave and MATLAB do."""
    import scipy.io

    scipy.io.savemat(path, read_mat(path), do_compression=True)


def flip_byte(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place + 1] ^= 64
    path.write_bytes(content)


def candidates_and_stage_1(patch: Path) -> list[Path]:
    optional = [patch / f"{base}1.mat" for base in ("da", "hgt", "la")]
    stage_1 = [patch / f"{base}1.mat" for base in ("ps", "ph", "bp")]
    return [*patch.glob("pscands.1.*"), *stage_1, *(p for p in optional if p.is_file())]


def link_out(path: Path, target: Path) -> None:
    shutil.move(path, target)
    path.symlink_to(target)


@pytest.mark.parametrize("case", CHANGES)
def test_a_reference_that_does_not_fit_is_refused_and_nothing_changes(
    run: Path, reference: Path, case: str
) -> None:
    spoil, message = CHANGES[case]
    spoil(reference, run)
    before = state_of(run), state_of(reference)
    with pytest.raises(PystampsError, match=message) as caught:
        plan_of(run, reference)
    assert "\n" not in str(caught.value)
    assert (state_of(run), state_of(reference)) == before


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("nowhere", "is no folder"),
        ("run", "is the data set itself"),
        ("run/PATCH_1", "lie one in the other"),
        (".", "lie one in the other"),
        ("stages", "folders of single stages have to be laid over each other first"),
    ],
)
def test_a_folder_that_can_be_no_reference_is_refused(run: Path, folder: str, message: str) -> None:
    (run.parent / "stages" / "stage1").mkdir(parents=True)
    with pytest.raises(PystampsError, match=message):
        plan_of(run, run.parent / folder)


def test_a_nested_reference_and_one_behind_a_link_are_refused(run: Path, reference: Path) -> None:
    nested = Path(shutil.copytree(reference, run / "golden"))
    with pytest.raises(PystampsError, match="lie one in the other"):
        plan_of(run, nested)
    link = run.parent / "link"
    link.symlink_to(run)
    with pytest.raises(PystampsError, match="is the data set itself"):
        plan_of(run, link)


def test_a_switch_that_the_reference_was_made_without_is_refused(
    run: Path, reference: Path
) -> None:
    corrected = {"null_candidate_clears_cell": False}
    message = r"was made with compat\.null_candidate_clears_cell = True, the run says False"
    with pytest.raises(PystampsError, match=message):
        plan_of(run, reference, compat=corrected)
    config = RunConfig(reference, compat=Compat(**corrected))
    run_stages(reference, config, "stage2_gamma")
    assert plan_of(run, reference, compat=corrected).replay is not None
    with pytest.raises(PystampsError, match=r"clears_cell = False, the run says True"):
        plan_of(run, reference)


def test_the_record_of_the_reference_says_what_parms_mat_no_longer_does(
    run: Path, reference: Path
) -> None:
    change(reference / "parms.mat", clap_win=16.0)  # set after the stages had run with 32
    assert plan_of(run, reference).replay is not None


def test_without_stage_1_the_candidate_files_are_compared(run: Path, reference: Path) -> None:
    for path in candidates_and_stage_1(reference / "PATCH_1"):
        if path.suffix == ".mat":
            path.unlink()
    plan = plan_of(run, reference)
    assert plan.replay is not None and plan.replay.bundle("stage1_load", "PATCH_1") is None
    flip_byte(reference / "PATCH_1" / "pscands.1.ph", 8)
    with pytest.raises(PystampsError, match=r"pscands\.1\.ph: its content is not that of"):
        plan_of(run, reference)
        os.environ.pop(CHECKED_VARIABLE)
        plan_of(run, reference)


def test_candidates_in_another_order_are_the_same(run: Path, reference: Path) -> None:
    """Another machine may round local coordinates otherwise and swap two lines."""
    patch = reference / "PATCH_1"
    order = np.arange(len(read_mat(patch / "ps1.mat")["ij"]))
    order[[3, 4]] = order[[4, 3]]
    for name, variables in {
        "ps1.mat": ("ij", "lonlat", "xy", "sort_ix"), "ph1.mat": ("ph",), "bp1.mat": ("bperp_mat",),
        "da1.mat": ("D_A",), "hgt1.mat": ("hgt",), "la1.mat": ("la",),
    }.items():  # fmt: skip
        found = read_mat(patch / name)
        write_mat(patch / name, found | {v: found[v][order] for v in variables if v in found})
    assert plan_of(run, reference).replay is not None


def test_a_reference_that_changes_after_the_check_is_checked_again(
    run: Path, reference: Path
) -> None:
    config = replaying(run, reference)
    WorkflowPlan.from_mapping(config.to_mapping())
    change(reference / "PATCH_1" / "ph1.mat", ph=other_phase)
    with pytest.raises(PystampsError, match="other phases"):
        run_stages(run, config, "stage1_load")
    assert not (run / "PATCH_1" / "ps1.mat").exists()


def test_files_that_were_checked_once_are_not_read_again(
    run: Path, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_of(run, reference)

    def refuse(*arguments: object, **more: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("pystamps.pipeline.planned_replay.check_reference", refuse)
    assert plan_of(run, reference).replay is not None
    os.utime(reference / "scn2.mat")
    with pytest.raises(AssertionError, match="read again"):
        plan_of(run, reference)


def test_a_copy_never_writes_to_a_file_that_both_trees_share(run: Path, reference: Path) -> None:
    """The run may be a copy of the reference made with hard links (cp -al)."""
    for name in ("ps1.mat", "ph1.mat", "bp1.mat"):
        os.link(reference / "PATCH_1" / name, run / "PATCH_1" / name)
    before = state_of(reference)
    run_stages(run, replaying(run, reference), "stage1_load")
    assert state_of(reference) == before
    assert not (run / "PATCH_1" / "ps1.mat").samefile(reference / "PATCH_1" / "ps1.mat")


def test_a_bundle_that_cannot_be_copied_whole_leaves_nothing(
    run: Path, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pystamps.pipeline.job import StageJob

    copy = StageJob.copy

    def fail_at_the_last(job: StageJob, path: Path) -> str:
        if path.name == "uw_space_time.mat":
            raise OSError(28, "No space left on device")
        return copy(job, path)

    monkeypatch.setattr(StageJob, "copy", fail_at_the_last)
    before = state_of(run)
    with pytest.raises(PystampsError, match=r"cannot be copied \(No space left on device\)"):
        run_stages(run, replaying(run, reference), "stage8_filter")
    assert state_of(run) == before


def test_options_that_a_copy_cannot_obey_are_refused(run: Path, reference: Path) -> None:
    stage = next(stage for stage in STAGE_DEFS if stage.name == "stage6_unwrap")
    with pytest.raises(PystampsError, match="takes no scla"):
        stage.run(run, replaying(run, reference), scla=run / "scla_smooth2.mat")


def test_an_empty_patch_is_replayed_as_empty(run: Path, reference: Path) -> None:
    for root in (run, reference):
        for path in (root / "PATCH_2").glob("pscands.1.*"):
            path.write_bytes(b"")
    run_stages(reference, RunConfig(reference), *REPLAYED[:5])
    for name in ("phuw2.mat", "scla2.mat", "scn2.mat", *(p.name for p in reference.glob("*2.mat"))):
        (reference / name).unlink(missing_ok=True)
    for path in reference.glob("*uw_*.mat"):
        path.unlink()
    results = run_stages(run, replaying(run, reference), *REPLAYED[:5])
    found = {(r.stage, r.directory.name): r.is_empty for r in results}
    assert [found[name, "PATCH_2"] for name in REPLAYED[:5]] == [True] * 5
    assert [found[name, "PATCH_1"] for name in REPLAYED[:5]] == [False] * 5
    assert empty_steps(run / "PATCH_2") == empty_steps(reference / "PATCH_2") != set()


def test_the_setting_concerns_the_stages_whose_files_are_there(run: Path, reference: Path) -> None:
    for name in ("scla2.mat", "scla_smooth2.mat", "scn2.mat", "uw_space_time.mat"):
        (reference / name).unlink()
    before = WorkflowPlan.from_mapping(RunConfig(run).to_mapping())
    after = plan_of(run, reference)
    changed = {
        s.name
        for s in STAGES
        for patch in (PATCHES if s.scope == "patch" else ("",))
        if before.settings(s.name, patch) != after.settings(s.name, patch)
    }
    assert changed == set(REPLAYED[:7])
    settings = after.settings("stage6_unwrap")
    change(reference / "phuw2.mat", msd=lambda v: v + 1)
    assert plan_of(run, reference).settings("stage6_unwrap") != settings


def test_a_data_set_that_is_not_prepared_is_refused(tmp_path: Path, reference: Path) -> None:
    import raw_exports

    raw_exports.snap_export(tmp_path / "raw")
    settings = RunConfig(tmp_path / "new", compat=Compat(strict_reference_replay=reference))
    mapping = settings.to_mapping()
    mapping["dataset"]["raw"] |= {"export": str(tmp_path / "raw"), "patches": "1x2"}
    mapping["dataset"]["raw"] |= {"overlap": "5x5"}
    with pytest.raises(PystampsError, match=r"is not prepared yet.*run pystamps prep first"):
        WorkflowPlan.from_mapping(mapping)


def test_a_replayed_tree_is_not_certified(run: Path, reference: Path) -> None:
    run_stages(run, replaying(run, reference), *REPLAYED[:2])
    run_stages(run, RunConfig(run), "stage3_select")
    verify = ["verify", "--run", str(run), "--golden", str(reference), "--files", "PATCH_?/*1.mat"]
    verify += ["--allow-extra"]
    for patch in PATCHES:
        (reference / patch / "weed1.mat").unlink()
    found = CliRunner().invoke(main, verify)
    assert found.exit_code == 1
    shown = " ".join(found.output.split())
    assert f"not certified: {len(replayed_files(run))} artifacts are replayed from" in shown
    assert "PATCH_1/pm1.mat" in shown and "PATCH_1/select1.mat" not in shown
    assert CliRunner().invoke(main, [*verify, "--allow-replayed"]).exit_code == 0
    assert CliRunner().invoke(main, [*verify[:5], "--files", "select1.mat"]).exit_code == 0
    as_json = json.loads(CliRunner().invoke(main, [*verify, "--json"]).output)
    assert as_json["equal"] and not as_json["certified"]
    assert as_json["replayed"] == replayed_files(run)


def test_the_command_refuses_with_one_line_and_its_own_code(run: Path, reference: Path) -> None:
    (reference / "PATCH_1" / "bp1.mat").unlink()
    before = state_of(run)
    found = CliRunner().invoke(main, ["run", "-d", str(run), "--replay", str(reference)])
    assert found.exit_code == 2
    line = found.stderr.strip()
    assert line.startswith("error: compat.strict_reference_replay: ") and "\n" not in line
    assert state_of(run) == before


@pytest.mark.golden
def test_a_tree_of_stamps_is_replayed(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "tiny"
    for name in ("run", "golden"):
        copy_writable(source / "run", tmp_path / name / "run")
        copy_writable(source / "raw", tmp_path / name / "raw")
    run, golden = tmp_path / "run" / "run", tmp_path / "golden" / "run"
    for number in range(1, 9):
        copy_writable(source / "stages" / f"stage{number}", golden)
        plan = plan_of(run, golden)
        assert plan.replay is not None
        finished = {b.stage for b in plan.replay.bundles}
        expected = {s.name for s in STAGES if s.step <= number and not s.is_product}
        assert finished == expected, number  # whatever StaMPS has written of later stages
    before = state_of(golden)
    config = dataclasses.replace(replaying(run, golden))
    results = run_stages(run, config)
    for result in copies_of(results):
        assert result.details == "replayed"
        for name in result.written:
            path = result.directory / name
            assert path.read_bytes() == (golden / path.relative_to(run)).read_bytes()
    assert state_of(golden) == before

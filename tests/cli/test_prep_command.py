"""``pystamps prep``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from click.testing import CliRunner, Result

from pystamps import __version__
from pystamps.cli import main
from pystamps.config.groups import settings_of_group
from pystamps.io.stage_records import record_path


def prep(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["prep", *(str(argument) for argument in arguments)])


@pytest.mark.parametrize("processor", raw_exports.EXPORTS)
def test_every_processor_is_prepared_with_one_command(tmp_path: Path, processor: str) -> None:
    folder = raw_exports.EXPORTS[processor](tmp_path / "export")
    found = prep(processor, folder, tmp_path / "run", "--patches", "2x1", "--cores", 2)
    assert found.exit_code == 0, found.output
    assert f"{processor}, single master, 60 x 50 pixels, 15 images" in found.output
    assert "PATCH_1 " in found.output and "MB/s" in found.output


def test_json_holds_the_summary(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    found = prep("snap", folder, tmp_path / "run", "--json", "--area", "14.2,40.8,14.24,40.85")
    summary = json.loads(found.stdout)
    assert summary["patches"] == {"PATCH_1": summary["candidates"]}
    assert summary["dropped_outside"] > 0


def test_a_preparation_leaves_a_record_of_who_made_it(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    assert prep("snap", folder, tmp_path / "run", "--threshold", "0.5").exit_code == 0
    record = json.loads((tmp_path / "run" / record_path("stage0_prep", "")).read_text())
    assert record["version"] == __version__
    assert record["settings"]["dataset.raw.threshold"] == "0.5"
    assert "stage0_amplitude_sums" in record["backends"]


def test_what_was_dropped_is_said(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    path = folder / "geo" / f"{raw_exports.MASTER}.lon"
    values = np.fromfile(path, ">f4")
    values[::2] = np.nan
    values.tofile(path)
    found = prep("snap", folder, tmp_path / "run")
    assert "without position or height" in found.output


def test_auto_patches_follow_from_the_memory_budget(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    found = prep("snap", folder, tmp_path / "run", "--patches", "auto", "--json")
    assert len(json.loads(found.stdout)["patches"]) == 1


def test_a_data_set_is_prepared_again_with_force_only(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    assert prep("snap", folder, tmp_path / "run").exit_code == 0
    refused = prep("snap", folder, tmp_path / "run")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert prep("snap", folder, tmp_path / "run", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--patches", "many"], "expected RANGExAZIMUTH"),
        (["--master", "20180702"], "no image of the reference date"),
        (["--mask", "nowhere.raw"], "nowhere.raw: file is missing"),
        (["--area", "1,2"], "WEST,SOUTH,EAST,NORTH"),
    ],
)
def test_a_wrong_option_ends_with_one_line_and_code_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    found = prep("snap", folder, tmp_path / "run", *arguments)
    assert found.exit_code == 2
    assert message in found.stderr and found.stderr.count("\n") == 1
    assert not list((tmp_path / "run").glob("[!.]*"))


def test_options_are_the_settings_of_the_preparation() -> None:
    """Default, choices and meaning come from the fields; no setting is without option."""
    command = main.get_command(None, "prep").get_command(None, "snap")  # type: ignore[arg-type,union-attr]
    options = {option.name: option for option in command.params}
    for item in settings_of_group("dataset.raw"):
        if item.name == "processor":
            continue  # the subcommand
        option = options[item.name]
        if item.name != "export":
            assert (option.default, option.help) == (item.default, item.info.meaning)
        assert tuple(getattr(option.type, "choices", ())) == item.info.choices


def test_the_help_page_shows_examples_and_all_processors() -> None:
    found = prep("--help")
    assert found.exit_code == 0
    for processor in raw_exports.EXPORTS:
        assert f"\n  {processor} " in found.output
    assert "pystamps prep gamma stack" in found.output


EARLIER = ["--master-date", raw_exports.MASTER, "--amp-dispersion", "0.4"]
EARLIER += ["--range-patches", "2", "--azimuth-patches", "1"]
EARLIER += ["--range-overlap", "5", "--azimuth-overlap", "7"]
TODAY = ["--master", raw_exports.MASTER, "--threshold", "0.4", "--patches", "2x1"]
TODAY += ["--overlap", "5x7"]


def prepared_files(root: Path) -> dict[str, bytes]:
    """Give the candidate files of a data set and the bounds of its patches."""
    paths = sorted([*root.glob("PATCH_*/pscands.1.*"), *root.glob("PATCH_*/patch*.in")])
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("processor", raw_exports.EXPORTS)
def test_options_of_earlier_versions_mean_the_same(tmp_path: Path, processor: str) -> None:
    folder = raw_exports.EXPORTS[processor](tmp_path / "export")
    today = prep(processor, folder, tmp_path / "today", *TODAY)
    assert today.exit_code == 0, today.output
    earlier = prep(processor, folder, "--dataset", tmp_path / "earlier", *EARLIER)
    assert earlier.exit_code == 0, earlier.output
    found = prepared_files(tmp_path / "earlier")
    assert found == prepared_files(tmp_path / "today")
    assert "PATCH_2/pscands.1.ph" in found
    both = prep(processor, folder, tmp_path / "both", *TODAY, *EARLIER)
    assert both.exit_code == 0, both.output


def test_an_export_may_lie_in_its_data_set(tmp_path: Path) -> None:
    root = raw_exports.snap_export(tmp_path / f"INSAR_{raw_exports.MASTER}")
    found = prep("snap", "--dataset", root, *EARLIER)
    assert found.exit_code == 0, found.output
    assert (root / "PATCH_2" / "pscands.1.ph").is_file()
    assert (root / "diff0").is_dir()  # the export stays


def test_half_of_a_pair_leaves_the_other_half_at_its_default(tmp_path: Path) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    dashed = f"{raw_exports.MASTER[:4]}-{raw_exports.MASTER[4:6]}-{raw_exports.MASTER[6:]}"
    found = prep(
        "snap", folder, tmp_path / "run", "--azimuth-patches", 2, "--range-overlap", 3,
        "--master-date", dashed, "--json",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    record = json.loads((tmp_path / "run" / record_path("stage0_prep", "")).read_text())
    assert record["settings"]["dataset.raw.patches"] == "1x2"
    assert record["settings"]["dataset.raw.overlap"] == "3x50"
    assert record["settings"]["dataset.raw.master"] == raw_exports.MASTER


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--patches", "2x1", "--range-patches", "3"],
            "--patches and --range-patches mean",
        ),
        (["--overlap", "5x5", "--azimuth-overlap", "6"], "--overlap and --azimuth-overlap mean"),
        (
            ["--threshold", "0.3", "--amp-dispersion", "0.4"],
            "--threshold and --amp-dispersion",
        ),
        (["--master", "20180101", "--master-date", "20180102"], "--master and --master-date mean"),
        (["--patches", "auto", "--range-patches", "3"], "--patches and --range-patches mean"),
        (["--dataset", "elsewhere"], "differ; give one of them"),
    ],
)
def test_two_spellings_that_differ_are_refused(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    folder = raw_exports.snap_export(tmp_path / "export")
    found = prep("snap", folder, tmp_path / "run", *arguments)
    assert found.exit_code == 2
    assert message in " ".join(found.output.split())
    assert not (tmp_path / "run").exists()


def test_a_preparation_without_data_set_says_what_to_give(tmp_path: Path) -> None:
    found = prep("snap", raw_exports.snap_export(tmp_path / "export"))
    assert found.exit_code == 2
    assert "give EXPORT and DATASET" in found.output

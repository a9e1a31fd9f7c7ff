"""``pystamps simulate`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pystamps.cli import main


def _simulate(*arguments: str):
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_options_change_the_preset_and_the_summary_is_json(tmp_path: Path):
    result = _simulate(
        str(tmp_path / "d"), "--preset", "tiny", "--lines", "40", "--samples", "30", "--seed", "3",
        "--interferograms", "5", "--ps-density", "200", "--azimuth-patches", "1", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    summary = json.loads(result.output)
    assert (summary["patches"], summary["interferograms"]) == (1, 5)
    assert (tmp_path / "d" / "width.txt").read_text() == "30\n"
    assert Path(summary["truth"]).is_file()


def test_a_directory_with_files_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep me")
    result = _simulate(str(tmp_path), "--preset", "tiny")
    assert result.exit_code == 2
    assert "not an empty directory" in result.output
    assert len(result.output.splitlines()) == 1


def test_an_impossible_scene_is_refused_before_anything_is_written(tmp_path: Path):
    result = _simulate(str(tmp_path / "d"), "--ps-density", "-1")
    assert result.exit_code == 2
    assert "ps_density_per_km2" in result.output
    assert not (tmp_path / "d").exists()

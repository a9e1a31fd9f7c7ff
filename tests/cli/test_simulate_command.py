"""``pystamps simulate`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pystamps.cli import main
from pystamps.cli.simulate import _SETTINGS
from pystamps.simulate.scene_settings import scene_settings


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


def test_options_name_settings_of_a_scene():
    known = {item.key: item.info.meaning for item in scene_settings()}
    command = main.get_command(None, "simulate")
    helps = [option.help for option in command.params if option.name != "output"]
    for key in _SETTINGS.values():
        assert any(str(text).startswith(known[key].rstrip(".")) for text in helps), key


def test_a_directory_with_files_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep me")
    result = _simulate(str(tmp_path), "--preset", "tiny")
    assert result.exit_code == 2
    assert "not an empty directory" in result.output
    assert len(result.output.splitlines()) == 1


def test_an_impossible_scene_is_refused_before_anything_is_written(tmp_path: Path):
    result = _simulate(str(tmp_path / "d"), "--ps-density", "-1")
    assert result.exit_code == 2
    assert "density_per_km2" in result.output
    assert not (tmp_path / "d").exists()


def test_a_scene_file_and_options_on_top_make_an_export(tmp_path: Path):
    (tmp_path / "scene.yaml").write_text(
        "lines: 30\nsamples: 40\nacquisitions: {interferograms: 3}\nview: {sensor: ers}\n"
    )
    result = _simulate(
        str(tmp_path / "d"), "--scene", str(tmp_path / "scene.yaml"), "--layout", "raw",
        "--pass", "descending", "--samples", "20", "--workers", "2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "raw export, 3 interferograms" in result.output
    (par, *_) = sorted((tmp_path / "d" / "rslc").glob("*.par"))
    text = par.read_text()
    assert "ERS2" in text
    assert "-166.5" in text
    assert (par.with_suffix("")).stat().st_size == 30 * 20 * 8


def test_a_mistake_in_a_scene_file_is_one_line(tmp_path: Path):
    (tmp_path / "scene.yaml").write_text("sedd: 1\n")
    result = _simulate(str(tmp_path / "d"), "--scene", str(tmp_path / "scene.yaml"))
    assert result.exit_code == 2
    assert "did you mean 'seed'" in result.output
    assert len(result.output.splitlines()) == 1

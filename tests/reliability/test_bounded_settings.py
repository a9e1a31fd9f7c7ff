"""Files of settings that cost time or memory, or break the reader: refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.config import load_config
from pystamps.config.yaml_bounds import DEEPEST
from pystamps.config.yaml_files import read_yaml_mapping
from pystamps.errors import ParameterError
from pystamps.io.user_paths import path_of_user
from pystamps.simulate.scene_file import read_scene

TENFOLD = "".join(
    f"{name}: &{name} [{', '.join([before] * 10)}]\n"
    for before, name in zip(["x", *(f"*{c}" for c in "abcdefgh")], "abcdefghi", strict=True)
)
REFUSED = {
    "aliases that stand for a billion values": (TENFOLD, "stands for more than"),
    "an alias that leads back": ("a: &a [*a]\n", "leads back"),
    "a mapping that leads back": ("a: &a {b: *a}\n", "leads back"),
    "brackets": (f"a: {'[' * 3000}{']' * 3000}\n", "nested more than"),
    "groups": ("".join(f"{' ' * n}a:\n" for n in range(400)), "nested more than"),
    "many values": (f"a: [{', '.join('1' * 30_000)}]\n", "stands for more than"),
    "a large file": ("# comment\n" * 60_000, "larger than"),
    "a date that is none": ("a: 2018-13-45\n", "month"),
    "a number of 5000 digits": (f"a: {'9' * 5000}\n", "not YAML"),
    "a type that YAML knows": ("a: !!timestamp x\n", "tag"),
    "an object": ("a: !!python/object/apply:os.getcwd []\n", "tag"),
    "an empty number": ("a: !!int ''\n", "not YAML"),
    "a list as a key": ("? [a]\n: 1\n", "not YAML"),
    "two documents": ("a: 1\n---\na: 2\n", "not YAML"),
    "bytes": ("a: \0\n", "not YAML"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_yaml_that_costs_too_much_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    text, words = REFUSED[kind]
    path = tmp_path / "a.yaml"
    path.write_text(text)
    for read in (read_yaml_mapping, read_scene):
        with pytest.raises(ParameterError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ") and words in str(caught.value)


def test_what_people_write_is_within_the_bounds(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    deep = "".join(f"{' ' * n}a:\n" for n in range(DEEPEST - 1)) + " " * DEEPEST + "1\n"
    path.write_text(deep)
    assert read_yaml_mapping(path)
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: [*a, *a]}\n")
    assert read_yaml_mapping(path)["b"] == {"x": 1, "y": [{"x": 1}, {"x": 1}]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "nested too deeply"),
        (f'{{"a": {"9" * 5000}}}', "not JSON"),
        ("{" + ", ".join(['"a": 1'] * 20_000) + "}", "are there twice: a;"),
    ],
)
def test_json_that_costs_too_much_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ParameterError, match=words):
        load_config(path)


def test_a_home_folder_that_nobody_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no home folder is known for ~nobody_at_all"):
        path_of_user("~nobody_at_all/x")
    path = tmp_path / "a.yaml"
    path.write_text('dataset: "a\\0b"\n')
    with pytest.raises(ParameterError, match="zero byte"):
        load_config(path)
    for text in ("dataset: ~nobody_at_all/x\n", "runtime: {raw_root: ~nobody_at_all}\n"):
        path.write_text(text)
        with pytest.raises(ParameterError, match="no home folder"):
            load_config(path)


@pytest.mark.parametrize("preset", ["[1]", "{a: 1}", "5"])
def test_a_preset_that_is_no_name_is_refused(tmp_path: Path, preset: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"preset: {preset}\n")
    with pytest.raises(ParameterError, match=r"preset: .* is unknown"):
        read_scene(path)
    path.write_text("preset: tiny\ndeformation: [{kind: [1]}]\n")
    with pytest.raises(ParameterError, match="kind is"):
        read_scene(path)

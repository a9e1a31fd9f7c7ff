"""The built script is that of its sources, their types are right, and its tools are pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import build_viewer
from build_viewer import BUILT, SOURCES, build_into, check_types, node_commands

needs_tools = pytest.mark.skipif(
    not (build_viewer.PACKAGES.is_dir() and node_commands()[0]),
    reason="no viewer/node_modules or no node here: make viewer-tools",
)


@needs_tools
def test_the_built_files_are_those_of_the_sources(tmp_path: Path) -> None:
    build_into(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in BUILT.iterdir()}
    for path in tmp_path.iterdir():
        same = path.read_bytes() == (BUILT / path.name).read_bytes()
        assert same, f"{path.name} is not that of viewer/src: make viewer"


@needs_tools
def test_the_types_of_the_sources_are_right() -> None:
    check_types()


def test_every_tool_has_one_version_and_a_digest() -> None:
    wanted = json.loads((SOURCES / "package.json").read_text())
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
    packages = [item for place, item in locked.items() if place]
    assert len(packages) > 3 and all(item["integrity"].startswith("sha512-") for item in packages)


def test_words_of_the_page_stand_in_one_file() -> None:
    texts = (SOURCES / "src" / "texts.js").read_text()
    known = set(re.findall(r"^  (\w+):", texts, re.MULTILINE))
    used = set()
    for path in sorted((SOURCES / "src").glob("*.js")):
        source = path.read_text()
        used |= set(re.findall(r"\btext\(\s*\"(\w+)\"", source))
        if path.name != "texts.js":
            assert not re.findall(r"textContent = \"[^\"]", source), path.name
    assert used and used <= known, used - known

"""Data sets at paths, and beside descriptions, that try to be something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.errors import ArtifactError
from pystamps.processors.isce_patch import size_of_description
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.visible import has_acting_characters

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})
SIGNS = (
    "-rf a b *?[x]! 100% %2e%00 #f&q=1;|>", "$(touch MARK)`touch MARK`$HOME ~ ''\"\"",
    "<img src=x onerror=alert(1)>", "=1+1 @SUM $x_1^2$ \\\\alpha \\n", "é 雪 ü",
)  # fmt: skip
BILLION = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<imageFile><property name="width"><value>&b;</value></property></imageFile>"""
FOREIGN = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<imageFile><property name="width"><value>&a;</value></property></imageFile>"""
SIZE = '<imageFile><property name="width"><value>{}</value></property></imageFile>'


@pytest.mark.workflow
def test_a_path_of_signs_is_only_a_path(tmp_path, monkeypatch):
    """All signs at once, as folders above the data set and as its own name."""
    root = tmp_path.joinpath(*SIGNS)
    simulate_dataset(root, SMALL)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(main, ["run", "-d", str(root), "--end-step", "1", "--json"])
    assert found.exit_code == 0, found.output
    assert [t["status"] for t in json.loads(found.stdout)["targets"]] == ["completed"]
    again = CliRunner().invoke(main, ["status", "-d", str(root)])
    assert again.exit_code == 0, again.output
    assert not has_acting_characters(again.output.replace("\n", ""))
    assert not list(tmp_path.rglob("MARK*"))


@pytest.mark.parametrize("command", ["run", "run -n", "status", "report"])
def test_bytes_that_are_no_text_are_refused_in_one_line(tmp_path, command):
    root = tmp_path / "\udcff\udcfe"
    (root / "PATCH_1").mkdir(parents=True)
    found = CliRunner().invoke(main, [*command.split(), "-d", str(root)])
    assert found.exit_code == 2
    (line,) = found.output.splitlines()
    assert "\\udcff\\udcfe" in line and "rename it" in line


@pytest.mark.slow
@pytest.mark.workflow
def test_the_report_holds_no_markup_of_a_path(finished, tmp_path):
    """A name may not hold a slash, two of them can: the end of a script is spread over folders."""
    root = tmp_path / "x<" / "script><script>window.hacked=1<" / "script>"
    root.parent.mkdir(parents=True)
    finished.rename(root)
    command = [sys.executable, "-c", "from pystamps.cli import main; main()"]
    done = subprocess.run([*command, "report", "-d", str(root)], text=True, capture_output=True,
                          check=False, env=os.environ | {"COLUMNS": "200"})  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    page = (root / "report.html").read_text()
    assert "measured points" in page and "script&gt;" in page
    assert "<script>window.hacked" not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BILLION, "document type"), (FOREIGN, "document type"), ("<a>" * 100_000, "is not XML"),
        (SIZE.format("9" * 5000), "positive whole number"), (SIZE.format("²"), "whole number"),
        ("\0\0", "is not XML"), ('<?xml version="1.0" encoding="nonsense"?><a/>', "is not XML"),
    ],
)  # fmt: skip
def test_xml_of_a_raster_names_no_other_file_and_stays_small(tmp_path: Path, text, words):
    (tmp_path / "inc_angle.raw.xml").write_text(text)
    with pytest.raises(ArtifactError, match=words):
        size_of_description(tmp_path / "inc_angle.raw")

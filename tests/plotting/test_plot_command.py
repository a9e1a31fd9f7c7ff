"""``pystamps plot``: files, refusals, tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from plotted_trees import write_plotted_tree

from pystamps.cli import main

STARTS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return write_plotted_tree(tmp_path_factory.mktemp("plotted") / "D")


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plotted(*words: str):
    return CliRunner().invoke(main, ["plot", *words])


@pytest.mark.parametrize("ending", [".png", ".pdf", ".svg"])
def test_the_ending_means_the_kind_of_file(root, desk, ending):
    done = plotted("-d", str(root), "v-d", "-o", f"map{ending}", "--dpi", "60")
    assert done.exit_code == 0, done.output
    assert [path.name for path in desk.iterdir()] == [f"map{ending}"]
    assert (desk / f"map{ending}").read_bytes().startswith(STARTS[ending])


def test_the_same_picture_is_the_same_file(root, desk):
    for ending in STARTS:
        for name in ("a", "b"):
            done = plotted("network", "-d", str(root), "-o", f"{name}{ending}")
            assert done.exit_code == 0, done.output
        assert (desk / f"a{ending}").read_bytes() == (desk / f"b{ending}").read_bytes()


def test_nothing_is_overwritten_unasked(root, desk):
    (desk / "coh.png").write_text("mine")
    refused = plotted("coh", "-d", str(root))
    assert refused.exit_code == 2 and "is there already" in refused.stderr
    assert (desk / "coh.png").read_text() == "mine"
    assert plotted("coh", "-d", str(root), "--overwrite").exit_code == 0
    assert (desk / "coh.png").read_bytes().startswith(STARTS[".png"])
    (desk / "ts.csv").write_text("mine")
    words = ("ts", "-d", str(root), "--lonlat", "10.007,45.005", "--csv", "ts.csv")
    refused = plotted(*words)
    assert refused.exit_code == 2 and not (desk / "ts.png").exists()


def test_all_interferograms_are_one_pdf_or_numbered_pictures(root, desk, monkeypatch):
    monkeypatch.setattr("pystamps.plotting.pages.PANELS_PER_PAGE", 3)
    assert plotted("u", "-d", str(root), "--all").exit_code == 0
    assert (desk / "u.pdf").read_bytes().count(b"/Count 2") == 1
    done = plotted("u", "-d", str(root), "--all", "-o", "u.png", "--json")
    assert json.loads(done.stdout)["files"] == ["u_001.png", "u_002.png"]
    (desk / "u_001.png").unlink()
    refused = plotted("u", "-d", str(root), "--all", "-o", "u.png")
    assert refused.exit_code == 2 and "u_002.png: is there already" in refused.stderr
    assert sorted(path.name for path in desk.iterdir()) == ["u.pdf", "u_002.png"]


def test_series_and_profiles_write_their_numbers(root, desk):
    done = plotted("ts", "-d", str(root), "--lonlat", "10.007,45.005", "--lonlat", "10,45",
                   "--difference", "--fit", "linear", "--csv", "ts.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((desk / "ts.csv").read_text().splitlines()))
    assert {row["place"] for row in rows} == {"A − B"} and len(rows) == 5
    done = plotted("profile", "v", "-d", str(root), "--from", "10,45.005", "--to", "10.014,45.005",
                   "--csv", "profile.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert len((desk / "profile.csv").read_text().splitlines()) > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("v-q",), "v-q"),
        (("densty",), "did you mean density"),
        (("coh", "-o", "x.bmp"), "ending means no picture"),
        (("coh", "-o", "none/x.png"), "no such folder"),
        (("v", "--limits", "a,b"), "expected LOW,HIGH"),
        (("u", "--ifg", "9"), "1 to 6"),
        (("coh", "--all"), "leave out --all"),
        (("ts", "--lonlat", "here"), "expected LONGITUDE,LATITUDE"),
        (("profile", "density", "--from", "10,45", "--to", "10.1,45"), "no value of points"),
        (("v", "--reference", "12,45,10"), "holds no point"),
    ],
)
def test_wrong_words_end_in_one_line_and_leave_no_file(root, desk, words, said):
    found = plotted("-d", str(root), *words)
    assert found.exit_code == 2 and said in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    assert not list(desk.iterdir())


def test_the_help_lists_every_name_and_two_data_sets_are_refused(root, tmp_path):
    page = plotted("--help").output
    for name in ("ts", "network", "profile", "v-do", "vs-do", "u-dmos", "w-dm", "density", "hgt"):
        assert f"\n  {name} " in page
    found = plotted("-d", str(root), "v", "-d", str(tmp_path))
    assert found.exit_code == 2 and "give one data set" in found.output

"""``docs/equality.md`` repeats the bounds of the tests and says what its own table says."""

from __future__ import annotations

import json
import re
import sys

import numpy as np
import pytest
from golden_tolerances import BOUNDS, DISCRETE
from trees import CHECKOUT

import measure_probe
from measure_equality import PROBES, shown
from pystamps.io.mat import write_mat

PAGE = (CHECKOUT / "docs" / "equality.md").read_text()
HEAD = ["file", "variable", "probe of StaMPS", "moved", "probe of ours", "tiny", "small", "allowed"]
ENTRIES = json.loads(PROBES.read_text())
OF_WHOLE_RUNS = {name: entry for name, entry in ENTRIES.items() if "option" not in entry}


def table() -> dict[tuple[str, str], dict[str, str]]:
    """Give the cells of every row by file and variable."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    assert rows[0] == [*HEAD, "why"]
    return {(row[0], row[1]): dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


def number(text: str) -> float:
    return float(text or "0")


ROWS = table()


def measured(key: tuple[str, str]) -> float:
    return max(number(ROWS[key]["tiny"]), number(ROWS[key]["small"]))


def larger_probe(key: tuple[str, str]) -> float:
    return max(number(ROWS[key]["probe of StaMPS"]), number(ROWS[key]["probe of ours"]))


def named_between(start: str, end: str) -> set[tuple[str, str]]:
    """Give the variables that a section names after their file."""
    section = PAGE[PAGE.index(start) : PAGE.index(end)]
    named = set()
    for line in section.splitlines():
        base = ""
        for word in re.findall(r"`(\w+)`", line):
            base = word if word in BOUNDS else base
            if base and word in BOUNDS[base]:
                named.add((base, word))
    return named


def test_the_table_has_the_bounds_of_the_tests():
    bounds = {(base, name): b for base, own in BOUNDS.items() for name, b in own.items()}
    assert list(ROWS) == list(bounds)
    for key, bound in bounds.items():
        assert (float(ROWS[key]["allowed"]), ROWS[key]["why"]) == (bound.size, bound.why), key


@pytest.mark.parametrize("key", ROWS, ids="-".join)
def test_measured_differences_are_allowed_and_beside_two_probes(key: tuple[str, str]):
    row = ROWS[key]
    assert 1.8 * measured(key) <= float(row["allowed"]) <= 5.5 * measured(key)
    assert row["probe of ours"]
    base, name = key
    moved = [
        (entry["differences"].get(base, {}).get(name, -1.0), entry["kind"])
        for entry in OF_WHOLE_RUNS.values()
    ]
    size, kind = max(moved)
    assert size > 0
    assert (row["probe of StaMPS"], row["moved"]) == (shown(size), kind)


def test_the_text_says_how_far_beyond_the_probes_the_table_goes():
    times = max(measured(key) / larger_probe(key) for key in ROWS)
    assert f"No difference is more than {times:.1f} times the larger probe" in " ".join(
        PAGE.split()
    )


def test_the_text_names_what_is_beyond_both_probes():
    beyond = {key for key in ROWS if measured(key) > larger_probe(key)}
    assert named_between("Larger than both probes are", "Probes of ours of 0") == beyond


def test_probes_of_ours_of_zero_are_named():
    zero = {name for (_, name), row in ROWS.items() if not number(row["probe of ours"])}
    section = PAGE[PAGE.index("Probes of ours of 0") : PAGE.index("`msd`, a mean")]
    assert set(re.findall(r"`(\w+)`", section)) == zero


def test_the_page_says_what_was_moved():
    kinds = set(re.findall(r"^- \*\*(\w+)\*\*:", PAGE, re.MULTILINE))
    assert kinds == {entry["kind"] for entry in ENTRIES.values()}
    words = {2: "two", 3: "three"}
    patterns = [name for name in OF_WHOLE_RUNS if name.startswith("phases")]
    assert f"{words[len(patterns)]} random patterns" in PAGE
    assert f"largest of {len(OF_WHOLE_RUNS)} runs" in " ".join(PAGE.split())


def test_probes_of_whole_runs_decide_nothing_otherwise():
    """As the page says; of options, only the order of resampled pixels is decided by rounding."""
    assert "no probe changes a discrete result" in " ".join(PAGE.split())
    assert not any(entry["decided_otherwise"] for entry in OF_WHOLE_RUNS.values())
    others = {
        entry["option"]: entry["pixels_elsewhere"]
        for entry in ENTRIES.values()
        if entry["decided_otherwise"]
    }
    assert others == {"merge_resample": 10}


@pytest.mark.golden
def test_a_probe_whose_trees_were_kept_is_measured_again(shared_data, tmp_path, monkeypatch):
    """The script gives what the file holds, where the moved tree is still there."""
    tree = shared_data / "tiny"
    kept = tmp_path / "probes.json"
    words = {"phases_again": {"kind": "phases", "data": "tiny", "moved": "", "stages": ""}}
    kept.write_text(json.dumps(words))
    monkeypatch.setattr(measure_probe, "PROBES", kept)
    for stage in ("stage2", "stage3", "stage4"):
        folders = (tree / "roundoff_probe" / stage, tree / "stages" / stage)
        monkeypatch.setattr(sys, "argv", ["", "phases_again", *map(str, folders)])
        measure_probe.main()
        found = json.loads(kept.read_text())["phases_again"]["differences"]
        wanted = ENTRIES["phases_again"]["differences"]
        assert found
        assert {base: wanted[base] for base in found} == found


def test_a_probe_of_two_trees_counts_pixels_and_decisions(tmp_path, monkeypatch):
    for name, last in (("moved", [[1, 5, 5], [2, 4, 4]]), ("as_it_is", [[1, 4, 4], [2, 5, 5]])):
        (tmp_path / name).mkdir()
        write_mat(tmp_path / name / "ps2.mat", {"ij": np.array(last, float), "n_ps": 2.0})
        rounding = 0.0 if name == "moved" else 3e-9
        values = np.array([[1.0], [2.0 + rounding]])
        write_mat(tmp_path / name / "scla2.mat", {"K_ps_uw": values})
    kept = tmp_path / "probes.json"
    kept.write_text('{"p": {}}')
    monkeypatch.setattr(measure_probe, "PROBES", kept)
    trees = [str(tmp_path / name) for name in ("moved", "as_it_is")]
    monkeypatch.setattr(sys, "argv", ["", "p", *trees])
    measure_probe.main()
    found = json.loads(kept.read_text())["p"]
    assert found["pixels_elsewhere"] == 2
    assert found["decided_otherwise"] == ["ps2 ij"] and "ps2" in DISCRETE
    assert found["differences"]["scla2"] == {"K_ps_uw": 3e-9}
    monkeypatch.setattr(sys, "argv", ["", "p", *trees, "--reversed"])
    measure_probe.main()
    assert json.loads(kept.read_text())["p"]["differences"]["scla2"]["K_ps_uw"] == 1.0
    monkeypatch.setattr(sys, "argv", ["", "unknown", *trees])
    with pytest.raises(SystemExit, match="no entry 'unknown'"):
        measure_probe.main()

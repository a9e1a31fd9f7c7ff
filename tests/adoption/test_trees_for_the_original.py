"""Our trees as the original takes them up: Octave's ``load``, names, classes, shapes, generations.

The original itself has gone on from ours by hand (docs/howto/matlab.md); here stands what it loads.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from chain import run_chain
from octave import SeenVariable, needs_octave, what_octave_sees
from stamps_inventory import files_until, has_shape, lines_of, what_differs
from trees import copy_writable

from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.combining import combine_sets
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.stage_table import STAGES

pytestmark = [pytest.mark.golden, pytest.mark.slow]

BOUNDARIES = {
    1: "stage1_load",
    2: "stage2_gamma",
    3: "stage3_select",
    4: "stage5_correct",
    5: "stage5_merge",
    6: "stage6_unwrap",
    7: "stage7_scla",
    8: "stage8_filter",
}
"""After which stage of ours a tree is one that ``stamps(N+1,8)`` goes on with: what the original
calls stage 4 also writes the pixels of the second generation, ours in stage5_correct."""
LEFT_LATER = {"uw_space_time": 8}
"""Stage in which ours writes a file of an earlier stage; nothing reads it in between."""
LEFT_SOONER = {"*/rc2": 4}


@dataclass
class Made:
    """A tree of ours, and what lay there after every stage.

    Attributes
    ----------
    root : Path
    mode : str
        PS or SB.
    left : dict
        MAT files by the stage after which they lay there; those of patches with ``*/``.
    generations : dict
        ``psver`` of the first patch after every stage.
    """

    root: Path
    mode: str
    left: dict[str, set[str]] = field(default_factory=dict)
    generations: dict[str, float] = field(default_factory=dict)


def made_from(source: Path, folder: Path, mode: str) -> Made:
    for part in ("run", "raw"):
        copy_writable(source / part, folder / part)
    made = Made(folder / "run", mode)

    def note(stage: str, _: Path) -> None:
        files = (path.relative_to(made.root) for path in made.root.rglob("*.mat"))
        shown = (p.with_suffix("") for p in files if ".pystamps" not in p.parts)
        made.left[stage] = {f"*/{p.name}" if len(p.parts) > 1 else p.name for p in shown}
        found = read_mat(made.root / "PATCH_1" / "psver.mat")["psver"]
        made.generations[stage] = float(found.item())

    run_chain(made.root, after=note).require(8)
    product_mean_velocity(made.root, RunConfig(made.root))
    return made


@pytest.fixture(scope="module", params=["tiny", "sb_small"])
def made(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    return made_from(shared_data / request.param, folder, "SB" if "sb" in request.param else "PS")


def wrong_files(root: Path, mode: str, *, is_combined: bool = False) -> tuple[list[str], int]:
    """Let Octave load every MAT file of a tree; give what is not as StaMPS has it, and how many."""
    paths = [path for path in sorted(root.rglob("*.mat")) if ".pystamps" not in path.parts]
    names = [path.relative_to(root).as_posix() for path in paths]
    files: dict[str, dict[str, SeenVariable]] = defaultdict(dict)
    for (file, variable), value in what_octave_sees(root, names).items():
        files[file][variable] = value
    assert files.keys() == {*names}
    stack = read_mat(root / "ps2.mat", ["n_ifg", "n_image"])
    sizes = {"I": int(stack["n_ifg"].item()), "M": int(stack["n_image"].item())}
    sizes["U"] = sizes["I"] - (mode == "PS")
    wrong = []
    for name in names:
        base = Path(name).stem
        if base == "parms":
            kinds = {value.kind for value in files[name].values()}
            wrong += [] if kinds == {"double", "char"} else [f"{name}: {kinds}"]
            continue
        beside = (root / name).with_name(f"ps{base[-1] if base[-1] in '12' else 2}.mat")
        pixels = {"n": int(read_mat(beside, ["n_ps"])["n_ps"].item())} if beside.is_file() else {}
        expected = lines_of(base, mode=mode, is_combined=is_combined)
        assert expected, f"{name} is none of StaMPS"
        wrong += [f"{name}: {line}" for line in what_differs(files[name], expected, sizes | pixels)]
    return wrong, len(names)


@needs_octave
def test_octave_loads_every_file_as_the_original_writes_it(made: Made) -> None:
    wrong, count = wrong_files(made.root, made.mode)
    assert not wrong, "\n".join(wrong)
    assert count > 50


def test_a_tree_has_at_every_boundary_the_files_from_which_the_original_goes_on(
    made: Made,
) -> None:
    for number, stage in BOUNDARIES.items():
        wanted = files_until(number, is_small_baseline=made.mode == "SB")
        wanted -= {name for name, later in LEFT_LATER.items() if number < later}
        wanted |= {name for name, sooner in LEFT_SOONER.items() if number >= sooner}
        assert made.left[stage] - {"parms"} == wanted, stage
        assert made.generations[stage] == (1 if number < 4 else 2), stage


@needs_octave
def test_octave_loads_every_file_of_a_combination(shared_data: Path, tmp_path: Path) -> None:
    for name in ("ps", "sb"):
        source = shared_data / "ps_sb" / name / "stages"
        copy_writable(source / "stage5", tmp_path / name)
        shutil.copyfile(source / "stage1" / "parms.mat", tmp_path / name / "parms.mat")
    root = combine_sets(tmp_path / "ps", tmp_path / "sb", tmp_path / "MERGED").root
    for stage in (stage for stage in STAGES if stage.step >= 6 and not stage.is_product):
        stage.load()(root, RunConfig(root))
    wrong, count = wrong_files(root, "SB", is_combined=True)
    assert not wrong, "\n".join(wrong)
    assert count > 18


def test_the_inventory_is_that_of_the_golden_trees(shared_data: Path) -> None:
    """Names and shapes of what the original wrote, so that the inventory is not ours alone."""
    for name, mode in (("tiny", "PS"), ("sb_small", "SB")):
        source = shared_data / name / "stages"
        stack = read_mat(source / "stage5" / "ps2.mat", ["n_ifg", "n_image", "n_ps"])
        sizes = {"I": int(stack["n_ifg"].item()), "M": int(stack["n_image"].item())}
        sizes |= {"U": sizes["I"] - (mode == "PS"), "n": int(stack["n_ps"].item())}
        for path in sorted(p for k in (5, 6, 7, 8) for p in (source / f"stage{k}").glob("*2.mat")):
            expected = lines_of(path.stem, mode=mode)
            if path.stem == "inc2" or (path.stem == "phuw2" and path.parent.name == "stage5"):
                continue  # empty, and zeros in stage 5
            stored = read_mat(path)
            assert stored.keys() == expected.keys(), path
            for variable, line in expected.items():
                known = dict(sizes)
                shape = stored[variable].shape or (1, 1)
                assert any(has_shape(shape, wanted, known) for wanted in line.shapes), (
                    path,
                    variable,
                    shape,
                )


def test_the_comparison_with_the_inventory_finds_what_differs() -> None:
    """So that the tests above do not pass whatever lies there."""
    good = {
        "ph_uw": SeenVariable("single", "[5 3]", is_sparse=False, is_complex=False, total=0),
        "msd": SeenVariable("single", "[3 1]", is_sparse=False, is_complex=False, total=0),
    }
    lines, sizes = lines_of("phuw2", mode="PS"), {"n": 5, "I": 3, "M": 3, "U": 2}
    assert what_differs(good, lines, sizes) == []
    for change, words in (
        ({"kind": "double"}, "ph_uw is double"),
        ({"size": "[3 5]"}, "ph_uw is (3, 5)"),
        ({"is_complex": True}, "ph_uw is single"),
    ):
        found = good | {"ph_uw": replace(good["ph_uw"], **change)}
        assert [line.startswith(words) for line in what_differs(found, lines, sizes)] == [True]
    assert what_differs({"ph_uw": good["ph_uw"]}, lines, sizes) == ["msd is missing"]
    extra = good | {"unwrap_ifg_index_sm": good["msd"]}
    assert what_differs(extra, lines, sizes) == ["unwrap_ifg_index_sm is none of StaMPS"]

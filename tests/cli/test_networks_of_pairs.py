"""Networks of small baselines at the command line: what is refused or said before the first job."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from trees import copy_writable

from pystamps.cli import main

Pair = tuple[str, str]


@pytest.fixture(scope="module")
def root(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared small-baseline set: 12 images, 25 interferograms, nothing processed."""
    folder = tmp_path_factory.mktemp("pairs")
    for part in ("run", "raw"):
        copy_writable(shared_data / "sb_small" / part, folder / part)
    return folder / "run"


@pytest.fixture(scope="module")
def pairs(root: Path) -> list[Pair]:
    names = (root / "pscphase.in").read_text().split()[1:]
    found = [re.findall(r"(\d{8})_(\d{8})\.diff", name)[-1] for name in names]
    assert len(found) == 25 and len({date for pair in found for date in pair}) == 12
    return found


def planned(root: Path, **stamps: object) -> Result:
    given = [word for name, value in stamps.items() for word in ("--set", f"{name}={value}")]
    done = CliRunner().invoke(main, ["run", "-d", str(root), "-n", *given])
    assert not list(root.rglob("ps1.mat")) and not (root / ".pystamps").exists()
    return done


def numbers(pairs: list[Pair], dropped: Iterable[Pair]) -> list[int]:
    return sorted(pairs.index(pair) + 1 for pair in dropped)


def spanning_tree(pairs: list[Pair]) -> list[Pair]:
    """Give interferograms that reach every image in one way."""
    groups = {date: {date} for pair in pairs for date in pair}
    tree = []
    for first, second in pairs:
        if groups[first] is not groups[second]:
            tree.append((first, second))
            joined = groups[first] | groups[second]
            groups |= dict.fromkeys(joined, joined)
    return tree


@pytest.mark.golden
def test_images_without_path_to_the_reference_image_are_refused_by_date(root, pairs):
    first = sorted({date for pair in pairs for date in pair})[:3]
    crossing = [pair for pair in pairs if (pair[0] in first) != (pair[1] in first)]
    done = planned(root, drop_ifg_index=numbers(pairs, crossing))
    assert done.exit_code == 2 and "network-apart" in done.output, done.output
    assert f"{', '.join(first)} have no path of interferograms to" in done.output


@pytest.mark.golden
def test_an_image_in_no_interferogram_is_named_and_the_others_are_processed(root, pairs, caplog):
    last = max(date for pair in pairs for date in pair)
    done = planned(root, drop_ifg_index=numbers(pairs, [p for p in pairs if last in p]))
    assert done.exit_code == 0 and f"{last}; make an interferogram" in caplog.text
    assert "[image-unused]" in caplog.text


@pytest.mark.golden
def test_one_redundant_interferogram_is_enough_and_none_is_said(root, pairs, caplog):
    tree = spanning_tree(pairs)
    rest = [pair for pair in pairs if pair not in tree]
    assert len(tree) == 11
    none = planned(root, drop_ifg_index=numbers(pairs, rest))
    assert none.exit_code == 0 and "[network-without-loops]" in caplog.text, none.output
    caplog.clear()
    one = planned(root, drop_ifg_index=numbers(pairs, rest[1:]))
    assert one.exit_code == 0 and "network-without-loops" not in caplog.text, one.output


@pytest.mark.golden
@pytest.mark.parametrize("name", ["scla_drop_index", "scn_deramp_ifg"])
def test_lists_of_images_are_checked_against_the_images(root, name):
    done = planned(root, **{name: [2, 13, 25]})
    assert done.exit_code == 2, done.output
    assert f"{name}: 13, 25 does not exist" in done.output
    assert "counts images, 1 to 12" in done.output.replace("\n", " ")


@pytest.mark.golden
def test_lists_of_images_and_of_interferograms_end_where_these_do(root):
    done = planned(root, scla_drop_index=[12], scn_deramp_ifg=[12], sb_scla_drop_index=[25])
    assert done.exit_code == 0, done.output
    done = planned(root, sb_scla_drop_index=[26])
    assert done.exit_code == 2 and "sb_scla_drop_index: 26 does not exist" in done.output

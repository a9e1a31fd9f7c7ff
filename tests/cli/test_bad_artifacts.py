"""A broken artifact: one message with file, variable, found and expected; nothing is written."""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.io.mat import read_mat, write_mat
from pystamps.simulate import PRESETS, simulate_dataset

FLAGS_BYTE = {"complex": 0x08, "logical": 0x02}


def change(file: str, **values: Callable[[np.ndarray], object]) -> Callable[[Path], None]:
    """Replace variables of a file of the patch."""

    def damage(patch: Path) -> None:
        variables = read_mat(patch / file)
        new = {name: make(variables[name]) for name, make in values.items()}
        write_mat(patch / file, variables | new)

    return damage


def set_flag(file: str, name: str, flag: str) -> Callable[[Path], None]:
    """Set a bit in the flags of a plain variable: the flags end 24 bytes before its name."""

    def damage(patch: Path) -> None:
        content = bytearray((patch / file).read_bytes())
        tag = struct.pack("<I", 1 | len(name) << 16) if len(name) <= 4 else None
        at = content.index((tag or struct.pack("<II", 1, len(name))) + name.encode())
        content[at - 24 + 1] |= FLAGS_BYTE[flag]
        (patch / file).write_bytes(bytes(content))

    return damage


def without_phase(ph: np.ndarray) -> np.ndarray:
    ph[:, 2] = np.nan
    return ph


BROKEN = {
    "an interferogram without phase": (
        change("ph1.mat", ph=without_phase),
        r"ph1.mat: ph is NaN in interferogram 3 for all \d+ pixels, expected numbers; run stage 1",
    ),
    "all phases NaN": (
        change("ph1.mat", ph=lambda ph: np.full_like(ph, np.nan)),
        r"ph1.mat: ph is NaN in all \d+ pixels, expected numbers; run stage 1 again",
    ),
    "negative master_ix": (
        change("ps1.mat", master_ix=lambda ix: -ix),
        r"ps1.mat: master_ix is -\d+, expected whole numbers from 1 to 15 \(n_image\); run stage 1",
    ),
    "infinite baseline": (
        change("ps1.mat", bperp=lambda b: np.where(np.arange(15)[:, None] == 4, np.inf, b)),
        r"ps1.mat: bperp is inf in interferogram 5, expected numbers from -100000 to 100000; run",
    ),
    "text for a number": (
        change("ps1.mat", master_day=lambda day: "20180624"),
        r"ps1.mat: master_day holds text, expected numbers; run stage 1 again",
    ),
    "transposed lonlat": (
        change("ps1.mat", lonlat=np.transpose),
        r"ps1.mat: lonlat is 2 x \d+, expected \d+ x 2 \(n_ps = \d+ as in ij\); run stage 1 again",
    ),
    "complex flag on a float": (
        set_flag("bp1.mat", "bperp_mat", "complex"),
        r"bp1.mat: cannot be read as a MAT file \(bperp_mat: its data do not fit its dimensions",
    ),
    "logical flag on a float": (
        set_flag("ps1.mat", "xy", "logical"),
        r"ps1.mat: xy holds logical values, expected numbers; run stage 1 again",
    ),
    "phase in radians": (
        change("ph1.mat", ph=np.angle),
        r"ph1.mat: ph holds real numbers, expected complex numbers; run stage 1 again",
    ),
    "a date too few": (
        change("ps1.mat", day=lambda day: day[:-1]),
        r"ps1.mat: n_image is 15, expected n_image = 14 as in day; run stage 1 again",
    ),
    "fewer dates than baselines": (
        change("ps1.mat", day=lambda day: day[:-1], n_image=lambda n: n - 1),
        r"ps1.mat: master_ix: \d+, with 14 dates \(day\) and 15 baselines \(bperp\); expected one",
    ),
    "another selection of pixels": (
        change("bp1.mat", bperp_mat=lambda b: b[1:]),
        r"bp1.mat: bperp_mat has \d+ rows, expected \d+ \(n_ps = \d+ as in ps1.mat\); run stage 1",
    ),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("loaded") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    done = CliRunner().invoke(main, ["stage", "1", "--patch", str(root / "PATCH_1")])
    assert done.exit_code == 0, done.output
    return root


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_artifact_is_refused_by_name(loaded: Path, tmp_path: Path, case: str) -> None:
    patch = Path(shutil.copytree(loaded, tmp_path / "dataset")) / "PATCH_1"
    damage, message = BROKEN[case]
    shutil.rmtree(patch.parent / ".pystamps")  # whose records would say that it has changed
    damage(patch)
    before = {path: path.read_bytes() for path in patch.iterdir()}
    found = CliRunner().invoke(main, ["stage", "2", "--patch", str(patch)])
    assert found.exit_code == 2, found.output
    assert found.stderr.startswith("error: ") and found.stderr.count("\n") == 1, found.stderr
    assert re.search(message, found.stderr), found.stderr
    assert {path: path.read_bytes() for path in patch.iterdir()} == before

"""All stages on the data set that comes with the repository, against the original's results.

``scripts/make_compact_golden.py`` made the data; this is the proof that a bare clone has.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from chain import Chain, run_chain
from golden_tolerances import IGNORED, MODULO_2PI, MODULO_2PI_PER_COLUMN, RELATIVE, tolerances
from stage_comparison import compare
from trees import CHECKOUT, SHARED, copy_writable

from pystamps.io.mat import describe_mat, read_mat

COMPACT = CHECKOUT / "tests" / "data" / "tiny"
CONTENTS: dict[str, dict[str, dict[str, Any]]] = json.loads((COMPACT / "contents.json").read_text())


@pytest.fixture(scope="module", params=["auto", pytest.param("python", marks=pytest.mark.slow)])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    if request.param == "python" and (SHARED / "data" / "tiny").is_dir():
        pytest.skip("tests/golden/test_chained.py compares these stages with the whole tree")
    folder = tmp_path_factory.mktemp("compact")
    for name in ("run", "raw"):
        copy_writable(COMPACT / name, folder / name)
    return run_chain(folder / "run", backend=request.param)


@pytest.mark.parametrize("stage", range(1, 9))
def test_stage_gives_the_results_of_the_original(chain: Chain, stage: int):
    chain.require(stage)
    wrong = []
    with np.load(COMPACT / f"stage{stage}.npz") as golden:
        for key, variables in CONTENTS[f"stage{stage}"].items():
            wrong += differences(chain.root / f"{key}.mat", key, variables, golden)
    assert not wrong, "\n".join(wrong)


def test_every_discrete_result_is_kept_in_full():
    exact = [
        (key, name)
        for files in CONTENTS.values()
        for key, variables in files.items()
        for name, described in variables.items()
        if described.get("step", 1) > 1 and name in ("ix", "keep_ix", "ij", "edgs", "Z", "nzix")
    ]
    assert not exact


def differences(path: Path, key: str, variables: dict[str, Any], golden: Any) -> list[str]:
    """One line per variable of a file that differs from what was kept of the golden one."""
    found, classes = read_mat(path), describe_mat(path)
    base = path.stem
    extra = set(found) - set(variables) - set(IGNORED.get(base, ()))
    wrong = [f"{key}: extra variable {name}" for name in sorted(extra)]
    for name, described in variables.items():
        if name not in found:
            wrong.append(f"{key}: variable {name} is missing")
            continue
        if described["class"] == "char":
            message = "" if found[name] == described["text"] else f"{found[name]!r}"
        else:
            message = difference(
                found[name], classes[name][1], described, golden, base, f"{key}/{name}"
            )
        if message:
            wrong.append(f"{key}: {name}: {message}")
    return wrong


def difference(
    value: Any, matlab_class: str, described: dict[str, Any], golden: Any, base: str, key: str
) -> str:
    array = value.toarray() if scipy.sparse.issparse(value) else value
    if matlab_class != described["class"] or list(array.shape) != described["size"]:
        return (
            f"{matlab_class} {list(array.shape)} instead of "
            f"{described['class']} {described['size']}"
        )
    if key not in golden:
        return ""  # empty
    rows = array.reshape(-1, array.shape[-1])[:: described["step"]]
    name = key.rpartition("/")[2]
    message, _ = compare(
        rows,
        golden[key].astype(array.dtype),
        tolerance=tolerances(base).get(name, 0.0),
        modulo_2pi=name in MODULO_2PI.get(base, ()),
        per_column=name in MODULO_2PI_PER_COLUMN.get(base, ()),
        relative=name in RELATIVE.get(base, ()),
    )
    return message

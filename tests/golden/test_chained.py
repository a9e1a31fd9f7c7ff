"""All stages from stage 1 on, each fed by ours before it, against the full golden trees.

Discrete results (which pixels, which cells, which arcs) must be exactly equal: no pixel of
these data sets lies so close to a threshold that rounding may decide.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from chain import Chain, run_chain
from conftest import SHARED, copy_writable
from golden_tolerances import IGNORED, MODULO_2PI, MODULO_2PI_PER_COLUMN, RELATIVE, tolerances
from stage_comparison import assert_same_artifact

from pystamps.verify import verify_trees

pytestmark = pytest.mark.golden

BOOKKEEPING = {"parms", "no_ps_info", "psver", "inc2"}
"""Not results; ``inc2`` is an empty placeholder that the original writes without ISCE."""


@pytest.fixture(scope="module", params=["tiny", "small"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    source = SHARED / "data" / request.param
    if not source.is_dir():
        pytest.skip(f"golden trees are not beside the checkout ({source})")
    folder = tmp_path_factory.mktemp(request.param)
    for name in ("run", "raw"):
        copy_writable(source / name, folder / name)
    return run_chain(folder / "run", source / "stages")


@pytest.mark.parametrize("stage", range(1, 9))
def test_stage_of_a_whole_run_gives_the_results_of_the_original(chain: Chain, stage: int):
    chain.require(stage)
    golden = chain.golden / f"stage{stage}"
    wrong = []
    for path in sorted(golden.rglob("*.mat")):
        # phuw2 appears in stage 5 of the original as a placeholder of zeros
        if path.stem in BOOKKEEPING or (stage == 5 and path.stem == "phuw2"):
            continue
        found = chain.root / path.relative_to(golden)
        if path.parent != golden and path.stem.endswith("2") and stage < 5:
            chain.require(5)  # the original makes them in stage 4 of a patch
        if path.stem == "uw_space_time":
            chain.require(8)
        try:
            assert_same_artifact(
                found,
                path,
                present(path, tolerances(path.stem)),
                modulo_2pi=MODULO_2PI.get(path.stem, ()),
                modulo_2pi_per_column=MODULO_2PI_PER_COLUMN.get(path.stem, ()),
                relative=RELATIVE.get(path.stem, ()),
                ignore=IGNORED.get(path.stem, ()),
                golden_is_reduced="small" in golden.parts,
            )
        except AssertionError as error:
            wrong.append(f"{path.relative_to(golden).parent}/{error}")
    assert not wrong, "\n".join(wrong)


def test_verify_finds_a_whole_run_equal_to_the_golden_tree(chain: Chain):
    chain.require(8)
    stages = [chain.golden / f"stage{stage}" for stage in range(1, 9)]
    report = verify_trees(chain.root, stages, allow_extra="small" in chain.golden.parts)
    assert report.is_equal, [
        (item.file, item.variable, item.sentence) for item in report.differences
    ]


def present(path: Path, tolerances: dict[str, float]) -> dict[str, float]:
    """The tolerances of those variables that the golden file has (``small`` is reduced)."""
    from pystamps.io.mat import describe_mat

    names = describe_mat(path)
    return {name: value for name, value in tolerances.items() if name in names}

"""Where the null column is: only interferograms know; nobody else computes column numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from import_graph import module_files
from source_names import parsed
from trees import CHECKOUT

OWNERS = (
    "pystamps/interferograms.py",
    "pystamps/model.py",  # the field of ps1 and ps2, handed to the owner
    "pystamps/io/",  # spelling in the files
)
"""May name the position of the reference image."""

ALLOWED = {
    # hand the position to the field of ps1 or ps2
    "pystamps/stages/stage1_load.py": {"master_ix", "reference_ix"},
    "pystamps/pipeline/entry/multilooked.py": {"master_ix", "reference_ix"},
    # compares the position in the file with the dates of the file
    "pystamps/pipeline/entry/stage5.py": {"master_ix"},
    # an image, not a column: the origin of the series
    "pystamps/stages/stage6_network.py": {"reference_ix"},
    "pystamps/stages/sb_inversion.py": {"reference_ix"},
}
COUNTS = {"n_ifg", "n_used", "n_observed"}
COLUMNS = {"observed", "with_null", "without_null", "null_columns", "not_observed"}


def column_arithmetic(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give line and reason of everything that only the owner may do."""
    for node in ast.walk(tree):
        for name in positions(node):
            yield getattr(node, "lineno", 0), name
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.insert", "np.delete"):
            yield node.lineno, ast.unparse(node.func)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            sides = {node.left: node.right, node.right: node.left}
            for side, other in sides.items():
                is_number = isinstance(other, ast.Constant)
                if last_name(side) in COLUMNS or (is_number and last_name(side) in COUNTS):
                    yield node.lineno, ast.unparse(node)


def positions(node: ast.AST) -> Iterator[str]:
    """Give the position of the reference image where it is named: any form of it."""
    if isinstance(node, ast.Attribute) and node.attr in ("master_ix", "reference_ix"):
        yield node.attr
    if isinstance(node, ast.Name) and node.id == "master_ix":
        yield node.id
    if isinstance(node, ast.arg | ast.keyword) and node.arg == "master_ix":
        yield node.arg


def last_name(node: ast.AST) -> str:
    """Give ``c`` of ``a.b.c``."""
    return getattr(node, "attr", getattr(node, "id", ""))


def test_no_other_module_knows_where_the_null_column_is():
    wrong = []
    for name, path in module_files().items():
        place = path.relative_to(CHECKOUT).as_posix()
        if not name.startswith("pystamps.") or place.startswith(OWNERS):
            continue
        allowed = ALLOWED.get(place, set())
        wrong += [
            f"{place}:{line}: {what}; ask pystamps.model.Interferograms"
            for line, what in column_arithmetic(parsed(path))
            if what not in allowed
        ]
    assert not wrong, "\n".join(wrong)


def test_what_is_allowed_is_needed():
    for place, names in ALLOWED.items():
        found = {what for _, what in column_arithmetic(parsed(CHECKOUT / place))}
        assert names <= found, f"{place} does not name {names - found} any more"


@pytest.mark.parametrize(
    "line",
    [
        "columns[columns != pixels.master_ix]",
        "columns - (columns > master_ix)",
        "phase[:, stack.reference_ix] = 0",
        "correct(ph, master_ix=2)",
        "def correct(ph, master_ix): ...",
        "np.delete(ph, 3, axis=1)",
        "np.insert(ph, k, 0, axis=1)",
        "shape = (n_ps, pixels.n_ifg - 1)",
        "1 + n_used",
        "used.without_null + 1",
        "used.observed - shift",
    ],
)
def test_column_arithmetic_is_found(line):
    assert list(column_arithmetic(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "phase[:, used.null_columns] = 0",
        "stack.with_null_column(bperp, 0)",
        "shape = (n_ps, stack.n_observed)",
        "n_ifg * bytes_per_value",
        "names.insert(0, name)",
    ],
)
def test_questions_to_the_owner_are_no_arithmetic(line):
    assert not list(column_arithmetic(ast.parse(line)))

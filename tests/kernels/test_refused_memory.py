"""Memory that is refused inside a kernel is an error."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path

import pytest
import try_refused_memory
from failing_calls import COMPILER, run_with_failing_calls

KERNELS = Path(__file__).resolve().parents[2] / "kernels" / "pystamps_kernels"
MOST = 8


@pytest.mark.skipif(COMPILER is None, reason="no C compiler for the library of faults")
def test_a_kernel_without_memory_raises_and_gives_no_wrong_result(tmp_path: Path) -> None:
    """Where it was lost, in a thread of Numba's, stage 3 kept no pixel of a patch."""
    program = Path(try_refused_memory.__file__)
    said = run_with_failing_calls(program, [str(tmp_path), str(MOST)], tmp_path, os.environ)
    found = json.loads(said.splitlines()[-1])
    assert sum(map(len, found.values())) > len(found) / 2
    others = {name: ended for name, ended in found.items() if set(ended) - {"refused", "right"}}
    assert not others
    assert sum(ended.get("refused", 0) for ended in found.values()) > 4 * len(found)


def test_no_kernel_has_threads_of_numba_which_lose_what_a_task_raises() -> None:
    sources = sorted(KERNELS.rglob("*.py"))
    assert len(sources) > 50
    for source in sources:
        assert not {"prange", "parallel=True"} & set(re.findall(r"[\w=]+", code_of(source))), source


def code_of(source: Path) -> str:
    """Give what a file says without comments and documentation."""
    return ast.unparse(without_texts(ast.parse(source.read_text())))


def without_texts(tree: ast.AST) -> ast.AST:
    """Empty all strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return tree

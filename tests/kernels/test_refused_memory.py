"""Memory that is refused inside a kernel, in a task of a thread too, is an error."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest
import try_refused_memory
from failing_calls import COMPILER, run_with_failing_calls

KERNELS = Path(__file__).resolve().parents[2] / "kernels" / "pystamps_kernels"
MOST = 8


@pytest.mark.skipif(COMPILER is None, reason="no C compiler for the library of faults")
def test_a_kernel_without_memory_raises_and_gives_no_wrong_result(tmp_path: Path) -> None:
    """Numba loses what a task of a prange loop raises: stage 3 then kept no pixel of a patch."""
    program = Path(try_refused_memory.__file__)
    said = run_with_failing_calls(program, [str(tmp_path), str(MOST)], tmp_path, os.environ)
    found = json.loads(said.splitlines()[-1])
    assert sum(map(len, found.values())) > len(found) / 2
    others = {name: ended for name, ended in found.items() if set(ended) - {"refused", "right"}}
    assert not others
    assert sum(ended.get("refused", 0) for ended in found.values()) > 4 * len(found)


def loops_of_tasks() -> list[tuple[str, ast.For, ast.stmt | None]]:
    """Give every loop over prange, and the statement that follows it."""
    found = []
    for path in sorted(KERNELS.rglob("*.py")):
        for parent in ast.walk(ast.parse(path.read_text())):
            body = getattr(parent, "body", None)
            for k, node in enumerate(body if isinstance(body, list) else []):
                if isinstance(node, ast.For) and ast.unparse(node.iter).startswith("prange("):
                    following = body[k + 1] if k + 1 < len(body) else None
                    found.append((f"{path.name}:{node.lineno}", node, following))
    return found


def test_every_loop_of_tasks_marks_each_task_and_asks_for_the_marks() -> None:
    loops = loops_of_tasks()
    assert len(loops) > 10
    for where, loop, following in loops:
        assert ast.unparse(loop.iter) == "prange(is_done.size)", where
        assert ast.unparse(loop.body[-1]) == f"is_done[{ast.unparse(loop.target)}] = True", where
        assert following is not None, where
        assert ast.unparse(following) == "refuse_unfinished(is_done)", where

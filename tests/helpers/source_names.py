"""Names that Python files define, as the documents point at them: ``file::function``."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from trees import CHECKOUT


@cache
def parsed(path: Path) -> ast.Module:
    """Give the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def defined_names(path: Path) -> set[str]:
    """Give classes, functions and methods of a file, and what it assigns at its top."""
    tree = parsed(path)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def is_defined(reference: str) -> bool:
    """Tell whether ``file::name`` exists in the checkout."""
    file, _, name = reference.partition("::")
    return (CHECKOUT / file).is_file() and name in defined_names(CHECKOUT / file)

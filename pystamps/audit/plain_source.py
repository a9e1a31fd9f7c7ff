"""Source as text that only its meaning changes: no comments, no docstrings, no layout.

:func:`ast.dump` and :func:`ast.unparse` differ between versions of Python; these texts do not.
"""

from __future__ import annotations

import ast
import re

_CUDA_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_WITHOUT_EFFECT = {"ctx", "type_comment", "kind", "type_ignores"}


def plain_cuda(text: str) -> str:
    """Give a CUDA source without comments, with single blanks within its lines.

    Lines stay, because directives end with them.
    """
    lines = (" ".join(line.split()) for line in _CUDA_COMMENT.sub(" ", text).splitlines())
    return "\n".join(filter(None, lines))


def plain_syntax(node: ast.AST) -> str:
    """Give a syntax tree as text; fields that are empty or have no effect are left out."""
    parts: list[str] = []
    _append(node, parts)
    return "".join(parts)


def _append(item: object, parts: list[str]) -> None:
    if not isinstance(item, ast.AST):
        parts.append(f"{type(item).__name__}:{item!r},")
        return
    parts.append(f"({type(item).__name__}")
    for name, value in ast.iter_fields(item):
        values = value if isinstance(value, list) else [value]
        kept = [value for value in values if value is not None and not is_docstring(value)]
        if kept and name not in _WITHOUT_EFFECT:
            parts.append(f" {name}=")
            for value in kept:
                _append(value, parts)
    parts.append(")")


def is_docstring(item: object) -> bool:
    """Tell whether something is a string that stands alone as a statement."""
    return (
        isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
    )

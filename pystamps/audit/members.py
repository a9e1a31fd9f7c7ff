"""Members of classes as definitions of their own, so that a stage has those that it uses.

``RunConfig`` travels to every stage, and how a configuration file is read is a method of it that no
stage calls. The same holds for the record of a processor, whose fields are functions.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_RECORD = "PROCESSOR"
"""Name of a record whose fields are taken one by one (:mod:`pystamps.processors`)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a statement.

    Attributes
    ----------
    statement : ast.stmt
    name : str
        ``Class.method``; empty for what is left of the statement.
    """

    statement: ast.stmt
    name: str = ""


def with_members(statement: ast.stmt) -> Iterator[Part]:
    """Take a class or a record apart: what is left of it, then its members.

    Classes with bases stay whole, because others call their methods by names that stand nowhere
    here; so do special methods, which the language calls.
    """
    if isinstance(statement, ast.ClassDef) and not statement.bases:
        methods = [node for node in statement.body if _is_plain_method(node)]
        rest = copy.copy(statement)
        rest.body = [node for node in statement.body if node not in methods]
        yield Part(rest)
        for method in methods:
            yield Part(method, f"{statement.name}.{method.name}")  # type: ignore[attr-defined]
    elif _is_record(statement):
        yield from _fields(statement)
    else:
        yield Part(statement)


def _is_plain_method(node: ast.stmt) -> bool:
    is_method = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return is_method and not node.name.startswith("__")  # type: ignore[attr-defined]


def _is_record(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and [ast.unparse(target) for target in statement.targets] == [_RECORD]
    )


def _fields(statement: ast.stmt) -> Iterator[Part]:
    """Take the record of a processor apart; each field with its name is a member."""
    assert isinstance(statement, ast.Assign)
    call = statement.value
    assert isinstance(call, ast.Call)
    rest = copy.copy(statement)
    rest.value = ast.Call(call.func, call.args, [k for k in call.keywords if k.arg is None])
    yield Part(rest)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield Part(ast.Expr(keyword.value), f"{_RECORD}.{keyword.arg}")

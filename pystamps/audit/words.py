"""What a piece of source mentions: names, attributes, texts, and what imports bind."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """What a statement mentions.

    Attributes
    ----------
    names : set of str
        With the attributes that follow: ``gpu.to_device``.
    texts : set of str
        Strings.
    attributes : set of str
        Names of attributes, of whatever object.
    imports : mapping
        Bound inside functions: name to dotted name.
    """

    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)


def words_within(statements: Iterable[ast.AST], package: str) -> Words:
    """Collect what statements mention."""
    words = Words()
    waiting = list(statements)
    while waiting:
        node = waiting.pop()
        dotted = _dotted(node)
        if dotted:
            words.names.add(dotted)
            words.attributes.update(dotted.split(".")[1:])
            continue
        if isinstance(node, ast.Attribute):
            words.attributes.add(node.attr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.texts.add(node.value)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            words.imports.update(bound_imports(node, package))
        waiting += ast.iter_child_nodes(node)
    return words


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def bound_imports(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """Give the names that an import binds, and the dotted name behind each."""
    if isinstance(node, ast.ImportFrom):
        base = absolute_name(node, package)
        for alias in node.names:
            yield alias.asname or alias.name, f"{base}.{alias.name}"
        return
    for alias in node.names:
        first = alias.name.partition(".")[0]
        yield (alias.asname, alias.name) if alias.asname else (first, first)


def absolute_name(node: ast.ImportFrom, package: str) -> str:
    """Give the full name of what ``from ..x import y`` takes ``y`` from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])

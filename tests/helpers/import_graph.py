"""Which module of the project imports which, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from source_names import parsed
from trees import CHECKOUT

from places import FRONTS, KERNEL, PLACES
from pystamps.audit.source_graph import dotted_name
from pystamps.audit.words import absolute_name

Graph = dict[str, set[str]]

KERNELS = CHECKOUT / "kernels" / "pystamps_kernels"
ROOTS = {
    CHECKOUT / "pystamps": CHECKOUT,
    KERNELS: CHECKOUT / "kernels",
    CHECKOUT / "rules" / "scripts": CHECKOUT,
}
"""Folders with source, and the folder from which their dotted names count."""


def module_files() -> dict[str, Path]:
    """Give the file of every module by its dotted name."""
    return {
        dotted_name(path.relative_to(base)): path
        for root, base in ROOTS.items()
        for path in sorted(root.rglob("*.py"))
    }


def imported_names(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    """Give the dotted names that a module imports, at its top or inside functions."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute_name(node, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def import_graph(files: Mapping[str, Path]) -> Graph:
    """Give what every module imports: modules of ours, and packages by their first word."""
    graph: Graph = {}
    for module, path in files.items():
        names = imported_names(parsed(path), module, is_package=path.name == "__init__.py")
        graph[module] = {target_of(name, files) for name in names} - {module}
    return {module: found - sys.stdlib_module_names for module, found in graph.items()}


def target_of(name: str, files: Iterable[str]) -> str:
    """Give the module that holds an imported name, or the package of others."""
    if name.partition(".")[0] not in ("pystamps", "pystamps_kernels"):
        return name.partition(".")[0]
    return name if name in files else name.rpartition(".")[0]


def place_of(module: str, files: Mapping[str, Path]) -> str:
    """Give the place of a module: its own row, its folder, or itself at the top of a package."""
    path, own = files[module], short_name(module)
    if (path.parent / "reference.py").is_file():
        return KERNEL
    is_at_top = path.parent.name in ("pystamps", "pystamps_kernels")
    if is_at_top or own in PLACES:
        return own
    return short_name(dotted_name(path.parent.relative_to(base_of(path)) / "__init__.py"))


def short_name(dotted: str) -> str:
    """Give a dotted name as the table of places writes it."""
    if dotted == "pystamps":
        return "version"
    if dotted == "pystamps.kernels":
        return FRONTS
    if dotted.startswith("pystamps_kernels"):
        return dotted.replace("pystamps_kernels", "kernels", 1)
    return dotted.removeprefix("pystamps.")


def base_of(path: Path) -> Path:
    """Give the folder from which dotted names count."""
    return next(base for root, base in ROOTS.items() if root in path.parents)


def graph_of_places(graph: Graph, files: Mapping[str, Path]) -> Graph:
    """Give the places that every place imports."""
    arrows: Graph = {place: set() for place in PLACES}
    for module, imported in graph.items():
        place = place_of(module, files)
        found = {place_of(name, files) for name in imported if name in files}
        arrows.setdefault(place, set()).update(found - {place})
    return arrows


def circles(graph: Graph) -> list[set[str]]:
    """Give the sets of nodes that reach each other (Kosaraju)."""
    order: list[str] = []
    seen: set[str] = set()
    for node in graph:
        order += _finished(node, graph, seen)
    backwards: Graph = {node: set() for node in graph}
    for node, targets in graph.items():
        for target in targets & graph.keys():
            backwards[target].add(node)
    seen = set()
    found = [set(_finished(node, backwards, seen)) for node in reversed(order)]
    return [circle for circle in found if len(circle) > 1]


def _finished(start: str, graph: Graph, seen: set[str]) -> list[str]:
    """Give the nodes that are reached for the first time, each after those behind it."""
    if start in seen:
        return []
    seen.add(start)
    behind: list[str] = []
    for target in sorted(graph[start] & graph.keys()):
        behind += _finished(target, graph, seen)
    return [*behind, start]

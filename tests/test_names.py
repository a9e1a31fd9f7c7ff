"""One public name means one thing, and a function's name says of what."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest
from import_graph import module_files, place_of
from source_names import parsed

from places import KERNEL

MODULES = {name: path for name, path in module_files().items() if not name.startswith("rules.")}


def words(text: str) -> set[str]:
    return set(text.split())


BARE_VERBS = words("""
    attempt changed clear fill filled find get handle over place placed places plain problem process
    publish rate read run select set some stamp store times update
    """)
"""Names that say nothing without their object."""

SAME_IN_EVERY_MODULE = {"log", "PROCESSOR"}
"""The logger of a module; the record in the module of each processor."""


def is_command(node: ast.stmt) -> bool:
    """Tell whether a function is a command of the command line, named by what users type."""
    decorators = getattr(node, "decorator_list", [])
    return any("command" in ast.unparse(decorator) for decorator in decorators)


def is_array_type(node: ast.stmt) -> bool:
    """Tell whether a name stands for a class of NumPy arrays."""
    return isinstance(node, ast.Assign) and "ndarray[" in ast.unparse(node.value).lower()


def public_names(path: Path) -> set[str]:
    """Give what a module defines at its top for others to use.

    Kernels name their array types themselves, so that a folder can be read alone; elsewhere these
    names come from ``pystamps.arrays``.
    """
    names: set[str] = set()
    is_kernel = "pystamps_kernels" in path.parts
    for node in parsed(path).body:
        if (is_kernel and is_array_type(node)) or is_command(node):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")} - SAME_IN_EVERY_MODULE


def meanings(modules: list[str]) -> set[str]:
    """Give the different things that modules with a common name define.

    Modules of one kernel define the same thing for NumPy, Numba and CUDA, and so do a shared loop
    and its plain form in a reference.
    """
    if all(is_of_kernels(module) for module in modules) and any(
        module.rpartition(".")[2].endswith("reference") for module in modules
    ):
        return {"a loop and its reference"}
    return {folder_of_kernel(module) for module in modules}


def is_of_kernels(module: str) -> bool:
    return module.startswith("pystamps_kernels")


def folder_of_kernel(module: str) -> str:
    """Give the folder of a kernel in place of its modules."""
    if place_of(module, MODULES) != KERNEL:
        return module
    return ".".join(module.split(".")[:2])


def definitions() -> dict[str, list[str]]:
    """Give the modules that define each public name."""
    found = defaultdict(list)
    for module, path in MODULES.items():
        for name in public_names(path):
            found[name].append(module)
    return found


def own_constants_of_kernels(name: str, modules: list[str]) -> bool:
    """Tell whether kernels use the same word for a size of their own loops."""
    return name.isupper() and all(is_of_kernels(module) for module in modules)


def test_a_public_name_means_one_thing():
    double = {
        name: modules
        for name, modules in definitions().items()
        if len(meanings(modules)) > 1 and not own_constants_of_kernels(name, modules)
    }
    assert not double, f"{double}: rename one, or begin its name with _ if it is local"


def test_a_function_says_of_what():
    bare = {name: modules for name, modules in definitions().items() if name in BARE_VERBS}
    assert not bare, f"{bare}: say of what"


@pytest.mark.parametrize(
    ("modules", "count"),
    [
        (["pystamps.io.mat", "pystamps.rows"], 2),
        (["pystamps_kernels.stage7_scla", "pystamps_kernels.stage7_scla.cpu"], 1),
        (["pystamps_kernels.stage7_scla.cpu", "pystamps_kernels.stage4_edge_stats.cpu"], 2),
        (["pystamps_kernels.host.spectrum", "pystamps_kernels.stage2_clap_filter.reference"], 1),
    ],
)
def test_double_names_are_told_from_versions_of_one_kernel(modules: list[str], count: int):
    assert len(meanings(modules)) == count

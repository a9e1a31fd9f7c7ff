"""Who may import whom: the table of places, read from the source; arrows go down only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from import_graph import (
    KERNELS,
    circles,
    graph_of_places,
    import_graph,
    imported_names,
    module_files,
    place_of,
    short_name,
)
from source_names import parsed
from trees import CHECKOUT

from places import FREE_PACKAGES, GROUND, PLACES
from pystamps.audit.words import absolute_name

FILES = module_files()
GRAPH = import_graph(FILES)

OPENING_CALLS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "fromfile"}
OPENING_CALLS |= {"tofile", "loadmat", "savemat", "loadtxt", "savetxt", "memmap", "genfromtxt"}


def is_free(name: str, place: str) -> bool:
    """Tell whether a module or package may be imported without saying so."""
    if name not in FILES:
        return name in FREE_PACKAGES
    target = place_of(name, FILES)
    is_above_ground = not place.startswith("kernels") and place not in GROUND
    return target == place or (is_above_ground and target in GROUND)


def needed(place: str) -> dict[str, list[str]]:
    """Give the names that a place has to be allowed, and who imports them."""
    importers: dict[str, list[str]] = {}
    for module, imported in sorted(GRAPH.items()):
        if place_of(module, FILES) == place:
            for name in sorted(imported):
                if not is_free(name, place):
                    importers.setdefault(name, []).append(module)
    return importers


def permissions_for(name: str) -> set[str]:
    """Give the permissions each of which allows an import."""
    if name not in FILES:
        return {name}
    return {place_of(name, FILES), short_name(name)}


def test_every_folder_and_every_top_level_module_has_a_row():
    found = {
        place_of(module, FILES)
        for module, path in FILES.items()
        if path.name != "__init__.py" or module == "pystamps" or has_code(path)
    }
    missing, gone = sorted(found - PLACES.keys()), sorted(PLACES.keys() - found)
    assert not missing, f"scripts/places.py has no row for {missing}: say what each holds"
    assert not gone, f"scripts/places.py has rows of what does not exist: {gone}"


def has_code(path: Path) -> bool:
    """Tell whether more than a docstring stands in a file."""
    return any(not isinstance(node, ast.Expr) for node in parsed(path).body)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_imports_only_what_it_may(place: str):
    allowed = set(PLACES[place].permissions)
    wrong = [
        f"{', '.join(importers)} imports {name}: put it into the row {place!r} of "
        "scripts/places.py, if that is where it belongs"
        for name, importers in needed(place).items()
        if not permissions_for(name) & allowed
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_uses_every_permission(place: str):
    used = {permission for name in needed(place) for permission in permissions_for(name)}
    unused = sorted(set(PLACES[place].permissions) - used)
    assert not unused, f"row {place!r} of scripts/places.py allows what nobody imports: {unused}"


def test_modules_import_each_other_in_no_circle():
    assert circles(GRAPH) == []


def test_a_place_imports_only_what_stands_above_it():
    rank = {place: number for number, place in enumerate(PLACES)}
    wrong = [
        f"{place} imports {target}, which stands below it"
        for place, targets in graph_of_places(GRAPH, FILES).items()
        for target in sorted(targets)
        if rank[target] > rank[place]
    ]
    assert not wrong, "\n".join(wrong)


def test_stages_and_kernels_open_no_file():
    wrong = []
    for module, path in FILES.items():
        is_kernel = KERNELS in path.parents
        if not (is_kernel or place_of(module, FILES) == "stages"):
            continue
        names = (
            *("host/compile.py", "compile_cache_age.py", "device/gpu.py"),
            "undisturbed_imports.py",
        )
        if path in [KERNELS / name for name in names]:
            continue  # compiled code, CUDA sources of the package, the working directory itself
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in OPENING_CALLS:
                wrong.append(f"{path.relative_to(CHECKOUT)}:{node.lineno} calls {name}")
    assert not wrong, "\n".join(wrong)


def test_only_the_plugins_import_snakemake():
    wrong = [
        f"{module} imports {name}"
        for module, imported in GRAPH.items()
        if "snakemake_plugins" not in module
        for name in imported
        if name.startswith("snakemake")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["kernels", "rules", "config", "tests"])
def test_top_level_folders_are_no_packages(folder):
    """A package ``kernels`` would hide the one of that name on the public index."""
    assert not (CHECKOUT / folder / "__init__.py").exists()


def test_relative_imports_are_resolved():
    node = ast.parse("from ..model import Phase").body[0]
    assert absolute_name(node, "pystamps.stages") == "pystamps.model"
    tree = ast.parse("from . import reference\ndef f():\n    import scipy.fft")
    assert set(imported_names(tree, "pystamps_kernels.k", is_package=True)) == {
        "pystamps_kernels.k.reference",
        "scipy.fft",
    }


def test_circles_are_found():
    graph = {"a": {"b", "x"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set()}
    assert circles(graph) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": set()}) == []

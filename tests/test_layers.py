"""Who may import whom: arrows go down only."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, KERNELS = ROOT / "pystamps", ROOT / "kernels" / "pystamps_kernels"
PLUGINS = PACKAGE / "pipeline" / "snakemake_plugins"
STANDARD = sys.stdlib_module_names

MATHEMATICS = {f"pystamps.{name}" for name in ("dates", "geo", "matlab", "rows", "stats")}
"""Small modules shared by all layers; they know neither files nor stages."""

ALLOWED = {
    "kernels": (KERNELS, {"numpy", "numba", "scipy", "pystamps_kernels"}),
    "stages": (
        PACKAGE / "stages",
        {
            "numpy",
            "scipy",
            "triangle",
            "pystamps_kernels",
            "pystamps.config",
            "pystamps.errors",
            "pystamps.model",
            "pystamps.parameters",
            "pystamps.progress",
            "pystamps.raw_model",
            "pystamps.stages",
            *MATHEMATICS,
        },
    ),
}
"""Third-party and own modules that a layer may import; the standard library is free."""

FILES_OF_PARAMETERS = ("pystamps.parameters.files", "pystamps.parameters.old_names")

FORBIDDEN = {
    "stages": (PACKAGE / "stages", FILES_OF_PARAMETERS),
    "io": (
        PACKAGE / "io",
        ("pystamps.parameters", "pystamps.stages", "pystamps.pipeline", "pystamps.cli"),
    ),
    "pipeline": (PACKAGE / "pipeline", ("pystamps.cli",)),
    "doctor": (PACKAGE / "doctor", ("pystamps.cli", "pystamps.stages", "snakemake")),
}
OPENING_CALLS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "fromfile"}
OPENING_CALLS |= {"tofile", "loadmat", "savemat", "loadtxt", "savetxt", "memmap", "genfromtxt"}


def modules_under(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Full dotted names of everything that a module imports, at the top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve(path, node)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def resolve(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    source = ROOT / "kernels" if KERNELS in path.parents else ROOT
    package = path.relative_to(source).parent.parts
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def is_below(name: str, prefixes) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_imports_only_what_lies_below_it(layer):
    folder, allowed = ALLOWED[layer]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_under(folder)
        for name in sorted(imports_of(path))
        if name.split(".")[0] not in STANDARD
        and not is_below(name, allowed)
        # CuPy belongs to the CUDA implementations alone
        and not (name.startswith("cupy") and path.name in ("cuda.py", "gpu.py"))
    ]
    assert not wrong, "\n".join(wrong)


def test_shared_mathematics_knows_neither_files_nor_stages():
    allowed = {"numpy", "scipy", "pystamps_kernels", "pystamps.errors", *MATHEMATICS}
    wrong = [
        f"{name} imports {imported}"
        for name in sorted(MATHEMATICS)
        for path in [ROOT / f"{name.replace('.', '/')}.py"]
        if path.is_file()
        for imported in sorted(imports_of(path))
        if imported.split(".")[0] not in STANDARD and not is_below(imported, allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["__init__", "table", "values", "checks"])
def test_parameters_know_no_file_outside_the_two_modules_for_files(name):
    found = imports_of(PACKAGE / "parameters" / f"{name}.py")
    assert not [
        module for module in found if is_below(module, ("pystamps.io", *FILES_OF_PARAMETERS))
    ]


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_does_not_import_what_lies_above_it(layer):
    folder, forbidden = FORBIDDEN[layer]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules_under(folder)
        for name in sorted(imports_of(path))
        if is_below(name, forbidden)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layer", ["stages", "kernels"])
def test_stages_and_kernels_open_no_file(layer):
    folder, _ = ALLOWED[layer]
    wrong = []
    for path in modules_under(folder):
        if path in (KERNELS / "host" / "compile.py", KERNELS / "device" / "gpu.py"):
            continue  # compiled code in the user's cache, CUDA sources of the package
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in OPENING_CALLS:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {name}")
    assert not wrong, "\n".join(wrong)


def test_only_the_plugins_import_snakemake():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in (PACKAGE, KERNELS)
        for path in modules_under(folder)
        if PLUGINS not in path.parents
        for name in sorted(imports_of(path))
        if name.split(".")[0].startswith("snakemake")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["kernels", "rules", "config", "tests"])
def test_top_level_folders_are_no_packages(folder):
    """A package ``kernels`` would hide the one of that name on the public index."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_relative_imports_are_resolved():
    node = ast.parse("from ..model import Phase").body[0]
    assert resolve(PACKAGE / "stages" / "x.py", node) == "pystamps.model"
    node = ast.parse("from . import reference").body[0]
    assert resolve(KERNELS / "k" / "__init__.py", node) == "pystamps_kernels.k"

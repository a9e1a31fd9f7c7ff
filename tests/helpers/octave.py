"""GNU Octave as a witness of MAT files: what its own ``load`` finds in them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_octave = pytest.mark.skipif(not shutil.which("octave"), reason="octave is not installed")

PRINT_VARIABLES = """
for k = 1:numel(files)
  s = load(files{k});
  names = fieldnames(s);
  for i = 1:numel(names)
    v = s.(names{i});
    x = double(full(v(:)));
    x(isnan(x)) = 0.5;
    x(isinf(x)) = 0.75;
    w = mod((1:numel(x))', 97) + 1;
    total = sum(x .* w);
    printf('%s|%s|%s|%s|%d|%d|%.12g|%.12g\\n', files{k}, names{i}, class(v), mat2str(size(v)), ...
           issparse(v), iscomplex(v), real(total), imag(total));
  end
end
"""


@dataclass(frozen=True, slots=True)
class SeenVariable:
    """A variable as Octave has loaded it.

    Attributes
    ----------
    kind : str
        Class.
    size : str
        As MATLAB writes it, ``[10 3]``.
    is_sparse, is_complex : bool
    total : complex
        Sum of the elements times 2, 3, ..., 98, 2, ...; NaN counts as 0.5, infinity as 0.75.
    """

    kind: str
    size: str
    is_sparse: bool
    is_complex: bool
    total: complex

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in self.size.strip("[]").split())


def run_octave(directory: Path, script: str) -> str:
    """Run a script in a folder; give what it printed."""
    done = subprocess.run(
        ["octave", "--no-gui", "--quiet", "--norc", "--eval", script],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def what_octave_sees(directory: Path, names: Sequence[str]) -> dict[tuple[str, str], SeenVariable]:
    """Load files by Octave; give their variables by file and name."""
    listed = ", ".join(f"'{name}'" for name in names)
    lines = run_octave(directory, f"files = {{{listed}}};\n{PRINT_VARIABLES}").splitlines()
    seen = {}
    for line in lines:
        file, name, kind, size, is_sparse, is_complex, real, imaginary = line.split("|")
        total = complex(float(real), float(imaginary))
        seen[file, name] = SeenVariable(kind, size, is_sparse == "1", is_complex == "1", total)
    return seen

"""Headers of the stack, which all patches share, are read for the first of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.processors import read_raw_patch, slant_range


def test_headers_are_read_once_while_they_stay_as_they_are(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    read_par = slant_range.read_par
    monkeypatch.setattr(slant_range, "read_par", lambda path: read.append(path) or read_par(path))
    first = read_raw_patch(simulated / "PATCH_1", "snap").geometry
    n_headers = len(read)
    second = read_raw_patch(simulated / "PATCH_2", "snap").geometry
    assert n_headers > 10 and len(read) == n_headers
    assert second is first

    changed = next(path for path in read if path.suffix == ".base")
    lines = changed.read_text().splitlines()
    named = next(k for k, line in enumerate(lines) if line.startswith("initial_baseline(TCN)"))
    lines[named] = "initial_baseline(TCN): 0.0 77.5 -33.25 m m m"
    changed.write_text("\n".join(lines) + "\n")
    again = read_raw_patch(simulated / "PATCH_1", "snap").geometry
    assert np.any(np.all(again.baseline == (77.5, -33.25), axis=1))
    assert not np.any(np.all(first.baseline == (77.5, -33.25), axis=1))

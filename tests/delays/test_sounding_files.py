"""Soundings as the University of Wyoming gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.delays.sounding_files import read_soundings
from pystamps.errors import DatasetError

HEAD = (
    "time,longitude,latitude,pressure_hPa,geopotential height_m,temperature_C,relative humidity_%"
)


def write_sounding(path: Path, head: str = HEAD, scale: float = 1.0) -> None:
    """Write 20 levels from high to low, one of them without humidity, one twice."""
    lines = [head]
    for k in range(19, -1, -1):
        humidity = "" if k == 3 else f"{50 + k}"
        lines.append(
            f"2024-01-01,14,41,{scale * 1000 * 0.9**k:.1f},{800 * k},{15 - 5 * k},{humidity}"
        )
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")


def test_levels_are_ascending_and_whole_and_each_once(tmp_path: Path) -> None:
    write_sounding(tmp_path / "a.csv")
    write_sounding(tmp_path / "b.csv", HEAD.replace("geopotential height_m", "height_m"))
    first, second = read_soundings(tmp_path)
    np.testing.assert_array_equal(first.height, [800 * k for k in range(20) if k != 3])
    assert (first.pressure[0], first.temperature[0], first.humidity[0]) == (1000, 15, 50)
    assert (first.name, second.name) == ("a.csv", "b.csv")
    np.testing.assert_array_equal(first.pressure, second.pressure)


@pytest.mark.parametrize(
    ("head", "scale", "words"),
    [
        (HEAD.replace("temperature_C", "T"), 1.0, "has no column temperature_c; found time, long"),
        (HEAD, 100.0, r"pressure_hpa from .* to 100000, expected 0.1 to 1100; .* another unit"),
    ],
)
def test_other_columns_and_units_are_refused(tmp_path: Path, head, scale, words) -> None:
    write_sounding(tmp_path / "a.csv", head, scale)
    with pytest.raises(DatasetError, match=words):
        read_soundings(tmp_path)


def test_text_and_too_few_levels_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no soundings"):
        read_soundings(tmp_path)
    write_sounding(tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text()
    (tmp_path / "a.csv").write_text(text.replace("15,50", "warm,50"))
    with pytest.raises(DatasetError, match=r"temperature_c: .*expected a number"):
        read_soundings(tmp_path)
    (tmp_path / "a.csv").write_text("\n".join(text.splitlines()[:6]))
    with pytest.raises(DatasetError, match=r"5 levels .* 10 or more"):
        read_soundings(tmp_path)

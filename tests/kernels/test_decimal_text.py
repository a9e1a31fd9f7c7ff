"""Numbers as text, many at a time, against Python's formatting: no byte may differ."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels.host.decimal_text import number_text, position_text


def printed(values: np.ndarray) -> bytes:
    return "".join([f"{value:g}\n" for value in values.tolist()]).encode()


@pytest.mark.parametrize("smallest, largest", [(-4, 5), (-1, 0), (-2, -1)])
def test_six_digits_are_those_of_printf(smallest, largest):
    rng = np.random.default_rng(0)
    values = (10 ** rng.uniform(smallest, largest, 200_000)).astype(np.float32)
    values = values[(values >= np.float32(1e-4)) & (values < np.float32(1e5))]
    assert number_text(values) == printed(values)


def test_numbers_beside_powers_of_ten_and_exact_halves_are_rounded_as_printf_does():
    near = []
    for power in range(-4, 5):
        down = up = np.float32(10.0**power)
        for _ in range(200):
            near += [down, up]
            down, up = np.nextafter(down, np.float32(0)), np.nextafter(up, np.float32(1e9))
    halves = np.arange(1, 2**18, dtype=np.float64) * 2.0**-18 + 2.0**-19
    values = np.concatenate([np.array(near), halves]).astype(np.float32)
    values = values[(values >= np.float32(1e-4)) & (values < np.float32(1e5))]
    assert number_text(values) == printed(values)


def test_zeros_nan_and_numbers_with_an_exponent_are_printed_too():
    values = np.array([0.0, 0.25, np.nan, 3e-7, 1e12, np.inf, 100000.0], np.float32)
    assert number_text(values) == b"0\n0.25\nnan\n3e-07\n1e+12\ninf\n100000\n"
    assert number_text(values[:0]) == b""


def test_positions_are_numbered_on():
    line, sample = np.array([0, 9, 10, 68_999]), np.array([70_000, 0, 99, 100])
    found = position_text(line, sample, first_number=9_999_998)
    assert found == b"9999998 0 70000\n9999999 9 0\n10000000 10 99\n10000001 68999 100\n"
    assert position_text(line[:0], sample[:0], first_number=1) == b""

"""Whether a line put back after the high-pass gains anything, told from the series alone."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.accuracy.line_test import line_gain

N_PS, YEARS = 600, np.linspace(-1.2, 1.2, 25)
APART = np.abs(YEARS[:, None] - YEARS)
HIGH_PASS = np.eye(YEARS.size) - np.exp(-0.5 * (APART / 0.5) ** 2) / np.exp(
    -0.5 * (APART / 0.5) ** 2
).sum(axis=1, keepdims=True)
PATTERNS = 8


def judged(motion: np.ndarray, seed: int, noise: float = 1.0) -> tuple[bool, np.ndarray]:
    """Judge a motion (n_ps, n_column), rad, under atmosphere of 8 patterns; give what it gains."""
    generator = np.random.default_rng(seed)
    patterns = generator.normal(0, 1, (N_PS, PATTERNS))
    atmosphere = noise * patterns @ generator.normal(0, 1, (PATTERNS, YEARS.size)) / PATTERNS**0.5
    phase = motion + atmosphere
    slope = phase @ np.linalg.pinv(np.column_stack([np.ones_like(YEARS), YEARS]))[1]
    left = phase - slope[:, None] * YEARS
    returned, taken = slope[:, None] * YEARS @ HIGH_PASS.T, left @ HIGH_PASS.T
    found = line_gain(
        returned.astype(np.float32), left.astype(np.float32), taken.astype(np.float32), slope, YEARS
    )
    errors = (phase - taken - returned - motion, phase - taken - motion)
    square = [((error - error.mean(axis=0)) ** 2).mean(axis=0) for error in errors]
    true = np.array([np.sum((square[0] - square[1])[half]) for half in (YEARS <= 0, YEARS > 0)])
    return found.is_certain, np.column_stack([found.gain, true])


BOWL = np.random.default_rng(1).normal(0, 1, N_PS)


@pytest.mark.parametrize("seed", range(4))
def test_lines_of_a_fast_steady_motion_gain_what_the_filter_would_take(seed: int) -> None:
    is_certain, gain = judged(3 * BOWL[:, None] * YEARS, seed)
    assert is_certain
    assert gain[:, 0] == pytest.approx(gain[:, 1], rel=0.3)


def test_a_scene_at_rest_hardly_ever_takes_errors_for_motion() -> None:
    certain = [judged(np.zeros((N_PS, YEARS.size)), seed)[0] for seed in range(40)]
    assert np.mean(certain) <= 0.1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("start", [-0.4, 0.4])
def test_a_motion_that_stands_still_in_one_half_is_no_line(seed: int, start: float) -> None:
    moving = np.clip(YEARS - start, 0, None) if start > 0 else np.clip(YEARS - start, None, 0)
    is_certain, gain = judged(6 * BOWL[:, None] * moving, seed)
    assert not is_certain
    assert gain[:, 1].min() < 0

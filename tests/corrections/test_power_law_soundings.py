from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pystamps.corrections.power_law_soundings import Sounding, power_law_of_soundings
from pystamps.errors import ParameterError


def soundings() -> list[Sounding]:
    """Give the eight made-up soundings that TRAIN was given."""
    rng, found = np.random.default_rng(2), []
    for k in range(8):
        levels = [rng.integers(20, 80)], np.sort(rng.integers(100, 16000, 60)), [16500 + 10 * k]
        h = np.unique(np.concatenate(levels)).astype(float)
        lapse = 6.5 * np.minimum(h, 11000) / 1000
        temperature = 15 + rng.normal(0, 4) - lapse + rng.normal(0, 0.3, h.size)
        pressure = 1013 * np.exp(-h / (8200 + rng.normal(0, 20)))
        humidity = np.clip(70 * np.exp(-h / 4000) + rng.normal(0, 6, h.size), 2, 100)
        found.append(Sounding(f"{k}.csv", h, pressure, temperature, humidity))
    return found


def test_height_and_exponent_are_those_of_train():
    h0, alpha = power_law_of_soundings(soundings())
    # TRAIN takes the spread of the differences of 28 pairs as they come, with their mean
    assert h0 == pytest.approx(15.874, abs=0.01)
    assert alpha == pytest.approx(1.935784392, rel=3e-4)


def test_with_a_known_height_the_exponent_is_that_of_train():
    h0, alpha = power_law_of_soundings(soundings(), h0_km=11.0)
    assert h0 == 11.0
    # TRAIN counts the metre of air at h0 as delay
    assert alpha == pytest.approx(1.569894227, rel=1e-4)


def test_an_atmosphere_that_is_a_power_law_gives_its_exponent():
    height = np.arange(0.0, 12_001.0, 5.0)
    alpha = 1.7
    ppm = 1e-4 * alpha * np.maximum(12_000 - height, 0) ** (alpha - 1)
    dry = [
        Sounding("dry", height, ppm * 280 / 77.6, np.full(height.size, 6.85), np.zeros(height.size))
    ] * 4
    assert power_law_of_soundings(dry, h0_km=12.0)[1] == pytest.approx(alpha, abs=2e-3)


def test_soundings_that_tell_nothing_are_refused():
    with pytest.raises(ParameterError, match=r"3 of 3 soundings, 4 or more"):
        power_law_of_soundings(soundings()[:3])
    short = [replace(s, height=s.height / 4) for s in soundings()]
    with pytest.raises(ParameterError, match=r"equal from 3\.\d km on, 6 km or more"):
        power_law_of_soundings(short)
    with pytest.raises(ParameterError, match=r"0 of 8 soundings that reach from .* to 30000 m"):
        power_law_of_soundings(soundings(), h0_km=30.0)
    high = [replace(s, height=s.height + 5000) for s in soundings()]
    with pytest.raises(ParameterError, match=r"begin at 50\d\d m"):
        power_law_of_soundings(high)

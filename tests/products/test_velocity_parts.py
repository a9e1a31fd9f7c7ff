"""What a velocity map lacks, and how much of it that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from point_tables import example_table

from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.velocity_parts import VelocityPart, velocity_parts


def velocity_of(table, value_type):
    return choose_points(table, PointChoice(value_type=value_type)).columns["velocity"]


@pytest.mark.parametrize("letters", ["m", "dm", "dmo", "dmos", "mo"])
def test_the_parts_and_the_velocity_add_up_to_that_of_nothing_taken_off(letters):
    kind = "v" + (f"-{letters.replace('m', '')}" if letters != "m" else "")
    table = example_table()
    shown = velocity_of(table, kind)
    table = replace(table, letters=letters, columns={**table.columns, "velocity": shown})
    parts = velocity_parts(table)
    assert [part.letter for part in parts if part.is_taken_off] == [
        c for c in "dso" if c in letters
    ]
    taken = sum((part.velocity for part in parts if part.is_taken_off), np.zeros(len(shown)))
    np.testing.assert_allclose(shown + taken, velocity_of(table, "v"), atol=2e-3)


def test_the_plane_that_is_left_is_what_v_do_would_take_off():
    table = example_table()
    plane = velocity_parts(table)[-1]
    assert plane.letter == "o" and not plane.is_taken_off
    difference = velocity_of(table, "v-d") - velocity_of(table, "v-do")
    np.testing.assert_allclose(plane.velocity, difference, atol=2e-3)
    assert plane.std == pytest.approx(difference.std(), rel=1e-3)
    assert plane.share == pytest.approx(plane.std / table.columns["velocity"].std(), rel=1e-3)
    assert "left in the map" in plane.sentence and f"std {plane.std:.1f} mm/yr" in plane.sentence


def test_where_no_point_has_a_velocity_nothing_is_said_to_be_known():
    nothing = VelocityPart("o", np.zeros(0, np.float32), False, *[np.nan] * 4)
    assert nothing.sentence == "plane per interferogram (orbit), left in the map: not known"

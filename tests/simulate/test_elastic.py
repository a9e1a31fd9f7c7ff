"""Elastic sources against published values and limits."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_scenes import quiet

from pystamps.errors import ParameterError
from pystamps.simulate import Fault, Mogi, ScrewFault
from pystamps.simulate.deformation import displacement_m, line_of_sight_mm
from pystamps.simulate.elastic import Dislocation, mogi_surface, okada_surface, screw_surface
from pystamps.simulate.geometry import make_geometry

TABLE_2 = {
    (70.0, 2.0, 3.0): (
        (-8.689e-3, -4.298e-3, -2.747e-3),
        (-4.682e-3, -3.527e-2, -3.564e-2),
        (-2.660e-4, 1.056e-2, 3.214e-3),
    ),
    (90.0, 0.0, 0.0): ((0.0, 5.253e-3, 0.0), (0.0, 0.0, 0.0), (1.223e-2, 0.0, -1.606e-2)),
}
"""Okada (1985), table 2, cases 2 and 3: depth 4, length 3, width 2, unit slip."""


@pytest.mark.parametrize(("dip", "x", "y"), TABLE_2)
@pytest.mark.parametrize("component", [0, 1, 2])
def test_the_check_values_of_okada_come_out(dip: float, x: float, y: float, component: int):
    slip = tuple(float(k == component) for k in range(3))
    fault = Dislocation(4.0, np.radians(dip), 3.0, 2.0, slip)
    found = okada_surface(fault, np.array([x]), np.array([y]))
    expected = TABLE_2[dip, x, y][component]
    # printed to four digits: half a unit of the last one
    assert np.ravel(found) == pytest.approx(expected, rel=5e-4, abs=1e-12)


def test_a_long_vertical_fault_moves_as_a_screw_dislocation():
    slip, locking = 2.0, 5.0
    y = np.linspace(-40, 40, 9)
    long = Dislocation(1e5 + locking, np.pi / 2, 4e5, 1e5, (slip, 0.0, 0.0))
    along = okada_surface(long, np.full(9, 2e5), y)[0]
    assert along == pytest.approx(screw_surface(y, locking_depth=locking, slip=slip)[0], abs=2e-3)


def test_a_point_source_conserves_the_volume_that_the_half_space_asks_for():
    depth, volume, poisson = 3.0, 10.0, 0.25
    r = np.geomspace(1e-4, 1e5, 200_000)
    up = mogi_surface(r, np.zeros_like(r), depth=depth, volume=volume, poisson=poisson)[2]
    lifted = np.trapezoid(up * 2 * np.pi * r, r)
    assert lifted == pytest.approx(2 * (1 - poisson) * volume, rel=1e-3)
    assert up[0] == pytest.approx((1 - poisson) / np.pi * volume / depth**2)


def _middle() -> tuple[np.ndarray, np.ndarray]:
    return np.arange(40)[:, None], np.arange(50)[None, :]


def test_inflation_lifts_the_ground_toward_the_satellite():
    geometry = make_geometry(quiet({}))
    toward = line_of_sight_mm(Mogi((0.5, 0.5), 500.0, 1e5), geometry, *_middle())
    expected = 1000 * 0.75 / np.pi * 1e5 / 500**2 * np.cos(geometry.incidence[25])
    assert toward[19:21, 24:26].mean() == pytest.approx(expected, rel=0.02)


def test_faults_strike_where_they_are_told_and_move_left_laterally():
    geometry = make_geometry(quiet({}))
    line, sample = _middle()
    east, north = geometry.east_north(line, sample)
    strike = np.radians(30.0)
    left = -east * np.cos(strike) + north * np.sin(strike)
    screw = ScrewFault((0.5, 0.5), 30.0, 200.0, 1.0)
    fault = Fault((0.5, 0.5), 30.0, 90.0, 1e6, 1e5, 200.0, strike_slip_m=1.0)
    for source in (screw, fault):
        moved = displacement_m(source, geometry, line, sample)
        along = moved[0] * np.sin(strike) + moved[1] * np.cos(strike)
        clear = np.abs(left) > 50
        assert (np.sign(along) == -np.sign(left))[clear].all()
    dipping = Fault((0.5, 0.5), 30.0, 40.0, 2000.0, 800.0, 100.0, dip_slip_m=1.0)
    up = displacement_m(dipping, geometry, line, sample)[2]
    # the block above a thrust rises; it lies to the right of strike
    assert left.ravel()[np.argmax(up)] < 0


def test_impossible_sources_are_refused():
    with pytest.raises(ParameterError, match="dip_deg"):
        Fault((0.5, 0.5), 0.0, 0.0, 1.0, 1.0, 1.0)
    with pytest.raises(ParameterError, match="depth_m"):
        Mogi((0.5, 0.5), 0.0, 1.0)

"""How large patches and the scene are, for many patches without reading every candidate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pystamps.doctor import scene_extents as measured
from pystamps.doctor.checks_stack import ground_extent, least_side
from pystamps.doctor.prepared import Prepared
from pystamps.io.dataset import Patch
from pystamps.parameters import Parameters

METRES_PER_DEGREE = 111_320.0


def prepared_with(
    tmp_path: Path, sides: list[tuple[float, float]], n: int, heading: float = -12.6
) -> Prepared:
    """Give a data set whose patches have candidates by chance in areas of so many metres."""
    rng = np.random.default_rng(1)
    patches = []
    for number, (east, north) in enumerate(sides, 1):
        folder = tmp_path / f"PATCH_{number}"
        folder.mkdir()
        places = rng.uniform(-0.5, 0.5, (n, 2)) * (east, north) / METRES_PER_DEGREE
        (np.array((1.0, 0.5)) + places).astype(">f4").tofile(folder / "pscands.1.ll")
        patches.append(Patch(folder.name, folder))
    return Prepared(
        tmp_path, None, range(1, 9), "snap", Parameters(heading=heading), tuple(patches)
    )  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(
    st.floats(-180, 180),
    st.tuples(st.floats(1e-5, 0.1), st.floats(1e-5, 0.1)),
    st.integers(0, 2**31),
)
def test_some_candidates_never_say_more_than_all(
    heading: float, sides: tuple[float, float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    lonlat = rng.uniform(-0.5, 0.5, (400, 2)) * sides + (10.0, 45.0)
    least = least_side(lonlat[::4], heading)
    assert least <= 1.001 * min(ground_extent(lonlat, heading)) + 0.01


def test_a_patch_near_a_limit_is_measured_by_all_its_candidates(tmp_path: Path) -> None:
    needed = max(measured.windows_of_patches(Parameters()).values())
    near, far = needed * 1.01, needed * 4
    prepared = prepared_with(tmp_path, [(near, far), (far, far)], 5000)
    found = measured.scene_extents(prepared).patches
    for patch in prepared.patches:
        every = np.array(measured.positions(prepared, patch), dtype=np.float64)
        exact = ground_extent(every, prepared.settings.heading)
        if patch.name == "PATCH_1":
            assert found[patch.name] == exact
        else:
            assert needed < min(found[patch.name]) <= min(exact)
            assert min(found[patch.name]) > 0.95 * min(exact)


def test_a_grid_that_may_not_fit_is_measured_by_all_candidates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepared_with(tmp_path, [(50_000, 50_000)], 5000)
    every = np.array(measured.positions(prepared, prepared.patches[0]), dtype=np.float64)
    assert measured.scene_extents(prepared).patches["PATCH_1"] < ground_extent(every, -12.6)
    monkeypatch.setattr(measured, "physical_memory_mb", lambda: 8)
    assert measured.scene_extents(prepared).patches["PATCH_1"] == ground_extent(every, -12.6)


def test_of_many_patches_a_part_of_the_candidates_measures_the_scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def extent_of(lonlat: np.ndarray, heading: float) -> tuple[float, float]:
        asked.append(len(lonlat))
        return ground_extent(lonlat, heading)

    prepared = prepared_with(tmp_path, [(20_000, 20_000)] * 5, 3000)
    whole = measured.scene_extents(prepared).whole
    monkeypatch.setattr(measured, "ground_extent", extent_of)
    monkeypatch.setattr(measured, "_SAMPLED", 1000)
    part = measured.scene_extents(prepared).whole
    assert asked[-1] == 5 * 200
    assert whole is not None and part is not None
    assert np.allclose(whole, part, rtol=0.02)

"""From a data set to a PNG: each figure reads the artifacts that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.figures import FIGURE_NAMES
from pystamps.figures.histograms import coherence_histogram, dispersion_histogram
from pystamps.figures.kept_pictures import NOTE, note_of_picture
from pystamps.figures.maps import VelocityMap, unwrapped_panel, velocity_map, wrapped_panel
from pystamps.figures.rendering import pixels_of_figure, write_png
from pystamps.figures.run_times import read_run_times, run_times
from pystamps.figures.series import SeriesData, time_series
from pystamps.figures.stack import baseline_plot, noise_plot
from pystamps.figures.style import drawing_settings
from pystamps.fit_condition import conditions_of_stack
from pystamps.geo import continuous_longitudes
from pystamps.io.artifacts import (
    artifact_name,
    read_artifact,
    read_variable,
)
from pystamps.io.atomic import temporary_beside
from pystamps.io.dataset import TRUTH_NAME, discover_dataset
from pystamps.io.sizes import Sizes
from pystamps.model import (
    AmplitudeDispersion,
    CorrectedPhase,
    InterferogramNoise,
    PhaseNoise,
    Pixels,
    SelectedNoise,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.parameters.files import effective_parameters
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.point_table import PointTable
from pystamps.products.velocity_parts import velocity_parts
from pystamps.stage_table import stage_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_TRUTH = "assessment"
_MERGED = 2
"""Generation of the merged artifacts."""


def draw_figure(
    name: str, root: Path, output: Path, *, stamps: Mapping[str, Any] | None = None
) -> None:
    """Draw one figure of a data set and save it as PNG.

    Parameters
    ----------
    name : str
        One of :data:`pystamps.figures.FIGURE_NAMES`.
    root : Path
        Root of the data set.
    output : Path
        File to write; it appears complete or not at all.
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ParameterError
        There is no such figure.
    ArtifactError
        An artifact is missing or inconsistent.
    """
    root, stamps = Path(root), stamps or {}
    lines: tuple[str, ...] = ()
    if name == _OF_TRUTH:
        figure, lines = figure_of_truth(root, stamps)
    else:
        figure = figure_named(name, root, stamps=stamps)
    note = note_of_picture(stage_named(f"figure_{name}"), root, stamps, lines)
    pixels = pixels_of_figure(figure)
    output.parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(output) as temporary, temporary.open("wb") as file:
        write_png(pixels, file, words={NOTE: note} if note else {})


def figure_named(name: str, root: Path, *, stamps: Mapping[str, Any] | None = None) -> Figure:
    """Draw one figure of a data set.

    Parameters
    ----------
    name : str
        One of :data:`pystamps.figures.FIGURE_NAMES`.
    root : Path
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ParameterError
        There is no such figure.
    ArtifactError
        An artifact is missing or inconsistent.
    """
    if name not in FIGURE_NAMES:
        raise ParameterError(f"figure {name!r} is unknown; use {', '.join(FIGURE_NAMES)}")
    with drawing_settings():
        return _DRAWERS[name](Path(root), stamps or {})


def _velocity_map(root: Path, stamps: Mapping[str, Any]) -> Figure:
    table = read_point_table(root / POINT_FILE)
    return velocity_map(
        VelocityMap(
            lonlat=_places(table),
            velocity_mm_yr=table.columns["velocity"],
            value_type=str(table.about["value_type"]),
            lines=_words_of_table(table),
            parts=velocity_parts(table),
            heading_deg=float(table.about["heading_deg"]),
        )
    )


def _time_series(root: Path, stamps: Mapping[str, Any]) -> Figure:
    table = read_point_table(root / POINT_FILE)
    return time_series(
        SeriesData(
            lonlat=_places(table),
            velocity_mm_yr=table.columns["velocity"],
            day=table.layers.day,
            displacement_mm=table.displacement,
            lines=_words_of_table(table)[:2],
        )
    )


def _words_of_table(table: PointTable) -> tuple[str, ...]:
    """Say what was taken off, what the numbers are relative to, and from what they come."""
    about = table.about
    return (
        f"without: {about['taken_off']}",
        f"relative to {about['reference_area']} and the image of {about['reference_date']}",
        f"{about['first_date']} to {about['last_date']}, {table.layers.n_date} dates; "
        f"{about['platform']}, {about['orbit_direction']}",
    )


def _places(table: PointTable) -> Float64:
    return _for_a_map(np.column_stack([table.columns[n] for n in ("longitude", "latitude")]))


def _coherence_histogram(root: Path, stamps: Mapping[str, Any]) -> Figure:
    paths = [patch / artifact_name(PhaseNoise, 1) for patch in _patches(root)]
    candidates = [read_variable(PhaseNoise, "coh_ps", path) for path in paths]
    random = [
        read_variable(PhaseNoise, "nr", path)
        for path, coherence in zip(paths, candidates, strict=True)
        if coherence.size
    ]
    selected = read_variable(SelectedNoise, "coh_ps", root / artifact_name(SelectedNoise, _MERGED))
    return coherence_histogram(
        _joined(candidates), selected, random=np.sum(random, axis=0) if random else None
    )


def _dispersion_histogram(root: Path, stamps: Mapping[str, Any]) -> Figure:
    paths = [patch / artifact_name(AmplitudeDispersion, 1) for patch in _patches(root)]
    return dispersion_histogram(
        _joined([read_variable(AmplitudeDispersion, "d_a", path) for path in paths])
    )


def _baseline_plot(root: Path, stamps: Mapping[str, Any]) -> Figure:
    pixels, parameters = _pixels(root), effective_parameters(root, root, stamps)
    stack, drop = pixels.interferograms, parameters.drop_ifg_index
    if not stack.has_null_column:  # the lists count interferograms, the series has images
        stack, drop = stack.of_images(), ()
    found = conditions_of_stack(stack, drop=drop, scla_drop=parameters.scla_drop_index)
    remarks = [f"{name}: {words}" for name, condition in found for words in condition.words]
    return baseline_plot(pixels, remarks)


def _interferogram_noise(root: Path, stamps: Mapping[str, Any]) -> Figure:
    path = root / artifact_name(InterferogramNoise, _MERGED)
    return noise_plot(_pixels(root), read_variable(InterferogramNoise, "ifg_std_deg", path))


def _wrapped_panel(root: Path, stamps: Mapping[str, Any]) -> Figure:
    pixels = _pixels(root)
    phase = _rows(root, CorrectedPhase, "ph_rc", pixels.n_ps)
    return wrapped_panel(pixels, phase)


def _unwrapped_panel(root: Path, stamps: Mapping[str, Any]) -> Figure:
    pixels = _pixels(root)
    is_of_pairs = not pixels.interferograms.is_single_master  # phuw2 is that of the images then
    kind = UnwrappedPairs if is_of_pairs else Unwrapped
    return unwrapped_panel(pixels, _rows(root, kind, "ph_uw", pixels.n_ps))


def figure_of_truth(root: Path, stamps: Mapping[str, Any]) -> tuple[Figure, tuple[str, ...]]:
    """Draw the results against the truth of a simulation, and say them in lines.

    Results of the accuracy modes are not among them: the rule of the figure does not wait for them.

    Parameters
    ----------
    root : Path
    stamps : mapping
        StaMPS parameters of the configuration.
    """
    # the simulator comes with them, and no other figure needs it
    from pystamps.figures.assessment import assessment
    from pystamps.products.assessment import assess
    from pystamps.products.comparison import compare_with_truth

    compared = compare_with_truth(root, root / TRUTH_NAME, stamps=stamps)
    found = assess(compared)
    with drawing_settings():
        return assessment(compared, found), tuple(found.lines())


def _assessment(root: Path, stamps: Mapping[str, Any]) -> Figure:
    return figure_of_truth(root, stamps)[0]


def _run_times(root: Path, stamps: Mapping[str, Any]) -> Figure:
    return run_times(read_run_times(root / "benchmarks"))


_DRAWERS: dict[str, Callable[[Path, Mapping[str, Any]], Figure]] = {
    "velocity_map": _velocity_map,
    "time_series": _time_series,
    "coherence_histogram": _coherence_histogram,
    "dispersion_histogram": _dispersion_histogram,
    "baseline_plot": _baseline_plot,
    "interferogram_noise": _interferogram_noise,
    "wrapped_panel": _wrapped_panel,
    "unwrapped_panel": _unwrapped_panel,
    _OF_TRUTH: _assessment,
    "run_times": _run_times,
}


def _pixels(root: Path) -> Pixels:
    pixels = read_artifact(Pixels, root / artifact_name(Pixels, _MERGED))
    return replace(pixels, lonlat=_for_a_map(pixels.lonlat))


def _for_a_map(lonlat: FloatArray) -> Float64:
    """Give positions whose longitudes do not jump at 180 degrees, so that maps are not torn."""
    return np.column_stack([continuous_longitudes(lonlat[:, 0]), lonlat[:, 1]])


def _patches(root: Path) -> tuple[Path, ...]:
    return tuple(patch.directory for patch in discover_dataset(root).patches)


def _rows(root: Path, kind: type, field_name: str, n_ps: int) -> Any:
    path = root / artifact_name(kind, _MERGED)
    return read_variable(kind, field_name, path, Sizes("ps2.mat", n_ps=n_ps))


def _joined(parts: list[Any]) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros(0)

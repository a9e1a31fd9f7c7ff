"""What a report says of a data set: read once, in the order of the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.figures.draw import figure_named, figure_of_truth
from pystamps.figures.kept_pictures import kept_picture
from pystamps.figures.run_times import RunTime, read_run_times
from pystamps.io.dataset import TRUTH_NAME
from pystamps.io.delay_files import DELAY_FILES, methods_of_file
from pystamps.io.stage_records import (
    StageRecord,
    StageWarning,
    passes_of_unwrapping,
    stage_records,
    stage_warnings,
)
from pystamps.parameters.differences import ParameterDifference
from pystamps.parameters.files import sourced_parameters
from pystamps.pipeline.entry.interferograms import interferogram_table
from pystamps.pipeline.fit_words import words_about_fits
from pystamps.pipeline.overview import changed_parameters
from pystamps.pipeline.pixel_counts import PixelCount, pixel_counts
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.report import ready_figures
from pystamps.pipeline.stack_facts import StackFacts, scene_of_stack
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.products.accurate_columns import ACCURATE_COLUMNS, AccurateColumns, accurate_columns
from pystamps.products.accurate_results import recorded_modes, warnings_of_modes
from pystamps.products.chosen import PointChoice
from pystamps.products.corrected_stack import CorrectedStack, read_corrected_stack
from pystamps.products.interferogram_table import InterferogramRow, InterferogramTable
from pystamps.products.notable_points import notable_points
from pystamps.products.point_storage import POINT_FILE
from pystamps.products.point_table import Column, PointTable
from pystamps.products.velocity_parts import VelocityPart, velocity_parts
from pystamps.report_page.bounded_pictures import MOST_PICTURE_BYTES, DrawnPicture
from pystamps.report_page.key_numbers import (
    InterferogramShare,
    KeyNumbers,
    Percentiles,
    interferogram_share,
    key_numbers,
    percentiles_of,
)
from pystamps.report_page.limits_in_words import ResultLimit, limits_of_results
from pystamps.report_page.method_lines import MethodPart, method_lines
from pystamps.report_page.series_panels import (
    SeriesPanel,
    panels_of_notable,
    panels_of_places,
)
from pystamps.stage_table import ACCURATE

MOST_INTERFEROGRAMS = 600
"""Rows of the table of interferograms; of more, those with a flag come first."""

_BLOCK_BYTES = 1 << 20
_FLAGGED = ("drop", "look", "dropped")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report is asked for.

    Attributes
    ----------
    title, client : str
        Empty = a title made of the data set, no client.
    logo : Path or None
        PNG or JPEG.
    places : tuple of (float, float)
        Longitude and latitude of places whose series are shown, degrees.
    radius_m : float
        Points within it stand for a place.
    """

    title: str = ""
    client: str = ""
    logo: Path | None = None
    places: tuple[tuple[float, float], ...] = ()
    radius_m: float = 100.0


@dataclass(frozen=True, slots=True)
class ReportContents:
    """What a report says.

    Attributes
    ----------
    source : PlotSource
    name : str
        Of the folder of the data set.
    n_patch : int
    scene : StackFacts
    counts : tuple of PixelCount
        Pixels that the stages have left.
    numbers : KeyNumbers
    interferograms : InterferogramTable
    rows : tuple of InterferogramRow
        Those of the table that are listed.
    share : InterferogramShare
    parts : tuple of VelocityPart
        What was taken off the velocity, and the plane, last.
    limits : tuple of ResultLimit
    method : tuple
        Name and pieces of each line.
    changed : tuple of ParameterDifference
    notable, asked : tuple of SeriesPanel
        Series of the most interesting points, and of the places of the request.
    remarks : tuple of str
        About the search for interesting points.
    assessment : tuple of str
        Comparison with the truth of a simulation; empty without one.
    against_truth : Figure, bytes or None
        The same as a picture, a PNG where it was drawn before; None where it cannot be drawn.
    accurate : AccurateColumns, str or None
        What the accuracy modes say of the points; why it belongs to other results; None without.
    corrected : CorrectedStack or None
        What tropospheric phase does to the interferograms; None without such a file.
    figures : tuple of str
        Names of the figures of the workflow that can be drawn.
    records : tuple of StageRecord
        Who made the results.
    run_times : tuple of RunTime
    checksum : str
        SHA-256 of the table of points, hexadecimal.
    """

    source: PlotSource
    name: str
    n_patch: int
    scene: StackFacts
    counts: tuple[PixelCount, ...]
    numbers: KeyNumbers
    interferograms: InterferogramTable
    rows: tuple[InterferogramRow, ...]
    share: InterferogramShare
    parts: tuple[VelocityPart, ...]
    limits: tuple[ResultLimit, ...]
    method: tuple[tuple[str, tuple[MethodPart, ...]], ...]
    changed: tuple[ParameterDifference, ...]
    notable: tuple[SeriesPanel, ...]
    asked: tuple[SeriesPanel, ...]
    remarks: tuple[str, ...]
    assessment: tuple[str, ...]
    against_truth: DrawnPicture | None
    accurate: AccurateColumns | str | None
    corrected: CorrectedStack | None
    figures: tuple[str, ...]
    records: tuple[StageRecord, ...]
    run_times: tuple[RunTime, ...]
    checksum: str

    @property
    def table(self) -> PointTable:
        """The table of points."""
        return self.source.table

    @property
    def makers(self) -> tuple[str, ...]:
        """Versions of pySTAMPS that have made the results."""
        return tuple(sorted({record.version for record in self.records}))

    @property
    def accurate_rows(self) -> tuple[tuple[Column, Percentiles], ...]:
        """What the columns of the accuracy modes mean, and how they are spread over the points."""
        if not isinstance(self.accurate, AccurateColumns):
            return ()
        items = self.accurate.columns.items()
        return tuple((ACCURATE_COLUMNS[name], percentiles_of(values)) for name, values in items)

    @property
    def flagged(self) -> tuple[InterferogramRow, ...]:
        """Interferograms that are worth a look, better dropped, or dropped already."""
        return tuple(row for row in self.rows if row.verdict in _FLAGGED)


def report_contents(config: RunConfig, request: ReportRequest) -> ReportContents:
    """Read what a report says of a finished data set.

    Parameters
    ----------
    config : RunConfig
        Its data set has a table of points.
    request : ReportRequest

    Raises
    ------
    PystampsError
        A result is missing or damaged, or no point is near a place of the request.
    """
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    root = plan.root
    source = open_plot_source(root, config.stamps)
    found = sourced_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    changed = changed_parameters(found, root)
    numbers, parts = key_numbers(source.table), velocity_parts(source.table)
    judged = interferogram_table(root, config)
    share = interferogram_share(judged.rows)
    notable, remarks = _notable(source, request.radius_m)
    names = frozenset(item.name for item in changed)
    figures = tuple(stage.name.removeprefix("figure_") for stage in ready_figures(plan))
    lines, drawn = _against_truth(root, config, is_drawn="assessment" in figures)
    accurate = accurate_columns(root, source.table.layers.n_point)
    warnings = _warnings(root, is_accurate=isinstance(accurate, AccurateColumns))
    return ReportContents(
        source=source,
        name=root.name,
        n_patch=len(plan.patches),
        scene=scene_of_stack(plan.dataset, found.parameters),
        counts=pixel_counts(root, plan.patches),
        numbers=numbers,
        interferograms=judged,
        rows=listed_rows(judged.rows),
        share=share,
        parts=parts,
        limits=limits_of_results(
            source.table, numbers, parts, share, words_about_fits(plan), warnings
        ),
        method=method_lines(
            found.parameters, names, source.table.about, passes=passes_of_unwrapping(root)
        ),
        changed=changed,
        notable=notable,
        asked=panels_of_places(source, request.places, request.radius_m),
        remarks=remarks,
        assessment=lines,
        against_truth=drawn,
        accurate=accurate,
        corrected=_corrected(root, config),
        figures=figures,
        records=tuple(_records(root)),
        run_times=tuple(read_run_times(root / "benchmarks")),
        checksum=_sha256(root / POINT_FILE),
    )


def listed_rows(rows: Sequence[InterferogramRow]) -> tuple[InterferogramRow, ...]:
    """Give the interferograms that are listed: all, or as many as fit, flagged ones first.

    Parameters
    ----------
    rows : sequence of InterferogramRow
    """
    if len(rows) <= MOST_INTERFEROGRAMS:
        return tuple(rows)
    first = sorted(rows, key=lambda row: row.verdict not in _FLAGGED)[:MOST_INTERFEROGRAMS]
    return tuple(sorted(first, key=lambda row: row.number))


def _notable(
    source: PlotSource, radius_m: float
) -> tuple[tuple[SeriesPanel, ...], tuple[str, ...]]:
    if not source.table.layers.n_point:
        return (), ()
    points = source.choose(PointChoice())
    found = notable_points(points)
    return panels_of_notable(source, points, found.points, radius_m), found.remarks


def _against_truth(
    root: Path, config: RunConfig, *, is_drawn: bool
) -> tuple[tuple[str, ...], DrawnPicture | None]:
    """Give lines and picture of one comparison with the truth, the longest part of a report.

    Those of the workflow, where they are of the same results.
    """
    truth = root / TRUTH_NAME
    if not truth.is_file():
        return (), None
    # the simulator comes with them, and without a truth nothing needs it
    from pystamps.products.accurate_assessment import assess_accurate
    from pystamps.products.assessment import assess_dataset, lines_of_modes

    if not is_drawn:
        return tuple(assess_dataset(root, truth, stamps=config.stamps).lines()), None
    of_modes = lines_of_modes(assess_accurate(root, truth, stamps=config.stamps))
    kept = kept_picture("assessment", root, config.stamps, most=MOST_PICTURE_BYTES)
    if kept is not None:
        return (*kept.lines, *of_modes), kept.content
    figure, lines = figure_of_truth(root, config.stamps)
    return (*lines, *of_modes), figure


def _corrected(root: Path, config: RunConfig) -> CorrectedStack | None:
    """Compare the interferograms before and after corrections, where there are any."""
    parameters = sourced_parameters(root, root, config.stamps).parameters
    path = root / DELAY_FILES[int(parameters.small_baseline_flag)]
    if not path.is_file() or not methods_of_file(path):
        return None
    return read_corrected_stack(root, config.stamps)


def _records(root: Path) -> Iterator[StageRecord]:
    """Give who made the results, one record for a stage: of the latest of its targets."""
    latest: dict[str, StageRecord] = {}
    for _, record in stage_records(root):
        if record is not None and record.ended >= getattr(latest.get(record.stage), "ended", ""):
            latest[record.stage] = record
    yield from sorted(latest.values(), key=lambda record: record.ended)


def _warnings(root: Path, *, is_accurate: bool) -> tuple[StageWarning, ...]:
    """Give what stages have warned of; of the accuracy modes as far as their results are shown."""
    found = stage_warnings(root)
    of_modes = warnings_of_modes(found, recorded_modes(root)) if is_accurate else ()
    every = {stage.name for stage in ACCURATE}
    usual = (item for item in found if item.stage not in every)
    return (*usual, *of_modes)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def picture_of_workflow(contents: ReportContents, name: str) -> DrawnPicture | None:
    """Give a figure of the workflow; None where its inputs are not there.

    Its file, where that is of the same results, else the figure drawn anew.

    Parameters
    ----------
    contents : ReportContents
    name : str
        One of :data:`pystamps.figures.FIGURE_NAMES`.
    """
    if name not in contents.figures:
        return None
    root, stamps = contents.source.root, contents.source.stamps
    kept = kept_picture(name, root, stamps, most=MOST_PICTURE_BYTES)
    return figure_named(name, root, stamps=stamps) if kept is None else kept.content

"""The network: perpendicular baseline against date, dropped images marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pystamps.dates import calendar_date
from pystamps.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    axes_at,
    date_axis,
    drawing_settings,
    plain_figure,
    plot_dates,
)
from pystamps.fit_condition import conditions_of_stack
from pystamps.plotting.sheet import wrapped_lines, write_caption, write_heading
from pystamps.plotting.source import PlotSource

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DROPPED = "#b2182b"


def network_figure(source: PlotSource) -> Figure:
    """Draw the baseline of every image against its date, and which interferograms are left out.

    Parameters
    ----------
    source : PlotSource
    """
    labels, stack = source.labels, source.pixels.interferograms
    dropped = [label for label in labels if label.flag.startswith("dropped")]
    with drawing_settings():
        width, height = 8.6, 5.2
        figure = plain_figure(width, height)
        axes = axes_at(figure, 0.8, 0.95, width - 1.75, height - 1.9)
        bar = axes_at(figure, width - 0.78, 1.15, 0.13, height - 2.3)
        draw = _draw_images if stack.has_null_column else _draw_pairs
        draw(axes, bar, source)
        axes.set_ylabel("perpendicular baseline [m]")
        axes.set_xlabel("date")
        date_axis(axes)
        days = stack.day[-1] - stack.day[0]
        bperp = stack.observed_bperp
        spread = f"{bperp.min():.0f} … {bperp.max():.0f} m" if bperp.size else "no baselines"
        lines = [
            f"{stack.n_observed} interferograms over {days:.0f} days, {spread}; "
            f"{len(dropped)} dropped; numbers as drop_ifg_index counts",
            "dropped: " + ", ".join(f"{x.number} ({x.date})" for x in dropped) if dropped else "",
        ]
        write_heading(figure, "Network of interferograms", wrapped_lines(lines, width), x=0.15)
        write_caption(figure, wrapped_lines(_remarks(source), width - 0.3)[:3])
    return figure


def _remarks(source: PlotSource) -> list[str]:
    """Say what dates and baselines mean for the fits."""
    parameters, stack = source.parameters, source.pixels.interferograms
    drop = parameters.drop_ifg_index
    if not stack.has_null_column:  # the lists count interferograms, the series has images
        stack, drop = stack.of_images(), ()
    found = conditions_of_stack(stack, drop=drop, scla_drop=parameters.scla_drop_index)
    return [f"{name}: {words}" for name, condition in found for words in condition.words]


def _draw_images(axes: Axes, bar: Axes, source: PlotSource) -> None:
    labels = source.labels
    dates = plot_dates(np.array([label.day for label in labels]))
    at_reference = next(n for n, label in enumerate(labels) if label.flag == "reference image")
    for date, label in zip(dates, labels, strict=True):
        is_dropped = label.flag.startswith("dropped")
        axes.plot(
            [dates[at_reference], date], [labels[at_reference].bperp, label.bperp],
            color=DROPPED if is_dropped else "#cfd8df", lw=0.8, ls=":" if is_dropped else "-",
            zorder=1,
        )  # fmt: skip
        axes.annotate(
            str(label.number), (date, label.bperp), (4, 4), textcoords="offset points",
            fontsize=6.5, color=DROPPED if is_dropped else "#444444",
        )  # fmt: skip
    kept = [n for n, label in enumerate(labels) if n != at_reference
            and not label.flag.startswith("dropped")]  # fmt: skip
    noise = np.array([labels[n].noise_deg for n in kept])
    height = np.array([label.bperp for label in labels])
    if np.isfinite(noise).any():
        drawn = axes.scatter(
            dates[kept], height[kept], c=noise, s=34, cmap="viridis_r", zorder=2, gid="kept",
            edgecolors="white", linewidths=0.5,
        )  # fmt: skip
        figure = axes.get_figure()
        assert figure is not None
        figure.colorbar(drawn, cax=bar).set_label("noise of the interferogram [°]")
    else:
        axes.scatter(dates[kept], height[kept], s=34, color=BLUE, zorder=2, gid="kept")
        bar.set_visible(False)
    dropped = [n for n, label in enumerate(labels) if label.flag.startswith("dropped")]
    if dropped:
        axes.scatter(
            dates[dropped], height[dropped], s=45, marker="x", color=DROPPED, zorder=3,
            gid="dropped", label="dropped (drop_ifg_index)",
        )  # fmt: skip
    axes.scatter(
        dates[[at_reference]], height[[at_reference]], s=110, marker="*", color=ORANGE, zorder=4,
        gid="reference", label=f"reference image {labels[at_reference].date}",
    )  # fmt: skip
    axes.axhline(0, color=GREY, lw=0.6, zorder=0)
    axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")


def _draw_pairs(axes: Axes, bar: Axes, source: PlotSource) -> None:
    """Draw a line for every pair of images, coloured by its noise; numbers in the middle."""
    from matplotlib.collections import LineCollection

    labels, stack = source.labels, source.pixels.interferograms
    dates, height = plot_dates(stack.day).astype("datetime64[D]"), stack.of_images().bperp
    numbers = dates.astype(np.float64)  # days since 1970, as the axis counts
    places = np.stack([numbers[stack.pairs], height[stack.pairs]], axis=2)
    is_dropped = np.array([label.flag.startswith("dropped") for label in labels])
    noise = np.array([label.noise_deg for label in labels])
    kept = LineCollection(list(places[~is_dropped]), linewidths=1.6, zorder=1, gid="kept")
    if np.isfinite(noise[~is_dropped]).any():
        kept.set_array(noise[~is_dropped])
        kept.set_cmap("viridis_r")
        figure = axes.get_figure()
        assert figure is not None
        figure.colorbar(kept, cax=bar).set_label("noise of the interferogram [°]")
    else:
        kept.set_color(GREY)
        bar.set_visible(False)
    axes.add_collection(kept)
    if is_dropped.any():
        axes.add_collection(
            LineCollection(
                list(places[is_dropped]), colors=DROPPED, linestyles=":", linewidths=1.2, zorder=1,
                gid="dropped", label="dropped (drop_ifg_index)",
            )
        )  # fmt: skip
    for label, middle in zip(labels, places.mean(axis=1), strict=True):
        axes.annotate(
            str(label.number), (middle[0], middle[1]), fontsize=6, ha="center", va="center",
            color=DROPPED if label.flag.startswith("dropped") else "#444444",
        )  # fmt: skip
    at, others = stack.is_reference_image, ~stack.is_reference_image
    axes.scatter(dates[others], height[others], s=26, color=BLUE, zorder=3, gid="images")
    axes.scatter(
        dates[at], height[at], s=110, marker="*", color=ORANGE, zorder=4, gid="reference",
        label=f"reference image {calendar_date(stack.reference_day):%Y-%m-%d}",
    )  # fmt: skip
    axes.axhline(0, color=GREY, lw=0.6, zorder=0)
    axes.legend(loc="best", fontsize=8, frameon=True, framealpha=0.8, edgecolor="none")

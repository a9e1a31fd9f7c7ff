"""The figures of the report."""

from pystamps.stage_table import FIGURES

FIGURE_NAMES = tuple(figure.name.removeprefix("figure_") for figure in FIGURES)
"""All figures; ``assessment`` needs the truth of a simulation in the data set."""

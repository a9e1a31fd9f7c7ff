"""The figures of the report."""

FIGURE_NAMES = (
    "velocity_map",
    "time_series",
    "coherence_histogram",
    "dispersion_histogram",
    "baseline_plot",
    "interferogram_noise",
    "wrapped_panel",
    "unwrapped_panel",
    "assessment",
    "run_times",
)
"""All figures; each has a rule ``figure_<name>`` and a caption.

``assessment`` needs the truth of a simulation in the data set.
"""

"""Simulated stacks with known truth."""

from pystamps.simulate.scene import PRESETS, Bowl, Scene, preset
from pystamps.simulate.truth import Truth, read_truth
from pystamps.simulate.writer import SimulationSummary, simulate_dataset

__all__ = [
    "PRESETS",
    "Bowl",
    "Scene",
    "SimulationSummary",
    "Truth",
    "preset",
    "read_truth",
    "simulate_dataset",
]

"""Simulated stacks with known truth."""

from pystamps.simulate.scene import PRESETS, Scene, changed_scene, preset_scene
from pystamps.simulate.scene_file import read_scene
from pystamps.simulate.sources import Bowl, Fault, Mogi, ScrewFault, TimeFunction
from pystamps.simulate.truth import Truth, read_truth
from pystamps.simulate.writer import SimulationSummary, WriteOptions, simulate_dataset

__all__ = [
    "PRESETS",
    "Bowl",
    "Fault",
    "Mogi",
    "Scene",
    "ScrewFault",
    "SimulationSummary",
    "TimeFunction",
    "Truth",
    "WriteOptions",
    "changed_scene",
    "preset_scene",
    "read_scene",
    "read_truth",
    "simulate_dataset",
]

"""One scene of a family: simulated, prepared, taken through all stages, compared with its truth."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pystamps
import pystamps_kernels
from accuracy_runs.scores import Scene, of_mode, of_stamps
from accuracy_runs.variants import variants, with_settings
from accuracy_runs.workers import scratch_prefix
from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.simulate.families import family_scene
from pystamps.simulate.writer import simulate_dataset
from pystamps.stage_table import ACCURATE, PRODUCTS, STAGES, Stage, with_accurate

_VELOCITY = "product_mean_velocity"


def code_digest() -> str:
    """Give a digest of the code that the results depend on."""
    found = hashlib.sha256()
    for package in (pystamps, pystamps_kernels):
        folder = Path(str(package.__file__)).parent
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.cu")]):
            found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in ("chance", "one_scene", "scores", "variants"):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def result_path(folder: Path, family: str, seed: int) -> Path:
    """Give the file that keeps the result of a scene."""
    return folder / f"{family}-{seed}.json"


def is_done(path: Path, code: str) -> bool:
    """Tell whether a scene has a result of this code."""
    return path.is_file() and json.loads(path.read_text())["code"] == code


def measure_scene(folder: Path, family: str, seed: int, code: str) -> str:
    """Measure a scene and keep the result; give a line that says so."""
    began = _processor_seconds()
    with tempfile.TemporaryDirectory(prefix=scratch_prefix()) as scratch:
        root = Path(scratch) / "dataset"
        scene = family_scene(family, seed)
        simulate_dataset(root, scene)
        config = RunConfig(dataset=root)
        _run(config, [s for s in STAGES if 1 <= s.step < PRODUCTS and not s.is_product])
        _run(config, [s for s in STAGES if s.name == _VELOCITY])
        result = {
            "family": family,
            "seed": seed,
            "code": code,
            "images": scene.acquisitions.interferograms + 1,
            **_scores(root, config),
        }
    result["processor_seconds"] = round(_processor_seconds() - began, 1)
    _written(result_path(folder, family, seed), json.dumps(result, indent=1))
    velocity = result["stamps"]["velocity"]
    return (
        f"{family} {seed}: {result['scatterers']} scatterers, v-do {velocity['v-do']:.2f} mm/yr, "
        f"{result['processor_seconds']:.0f} s of processors"
    )


def _scores(root: Path, config: RunConfig) -> dict[str, Any]:
    scene = Scene.of(root)
    modes: dict[str, Any] = {}
    for name, settings in variants().items():
        modes[name] = _scored(scene, with_settings(config, settings))
    return {
        "pixels": scene.pixels.n_ps,
        "scatterers": int(scene.ps.size),
        "stamps": of_stamps(scene),
        "modes": modes,
    }


def _scored(scene: Scene, config: RunConfig) -> dict[str, Any]:
    """Run the accuracy modes on a finished run; what they refuse is said in words."""
    for stage in ACCURATE:
        for name in stage.outputs:
            (scene.root / name).unlink(missing_ok=True)
    began = _processor_seconds()
    try:
        with _warnings_of("pystamps.accuracy") as warnings:
            _run(config, [stage for stage in ACCURATE if _is_wanted(stage, config)])
    except PystampsError as error:
        return {"refused": str(error)}
    seconds = round(_processor_seconds() - began, 2)
    return {**of_mode(scene), "processor_seconds": seconds, "warnings": warnings}


@contextmanager
def _warnings_of(name: str) -> Iterator[list[str]]:
    """Gather the warnings of a package while it works."""
    found: list[str] = []

    class Gatherer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    gatherer, logger = Gatherer(logging.WARNING), logging.getLogger(name)
    logger.addHandler(gatherer)
    try:
        yield found
    finally:
        logger.removeHandler(gatherer)


def _is_wanted(stage: Stage, config: RunConfig) -> bool:
    """Leave out the stages of phase that no option asks for."""
    return stage in with_accurate(STAGES, unwrap_model=config.accuracy.modes.unwrap_model)


def _run(config: RunConfig, stages: list[Stage]) -> None:
    root = config.dataset
    patches = [root / line for line in (root / "patch.list").read_text().split()]
    for stage in stages:
        entry: Callable[..., Any] = stage.load()
        for directory in patches if stage.scope == "patch" else [root]:
            entry(directory, config)


def _processor_seconds() -> float:
    found = os.times()
    return found.user + found.system + found.children_user + found.children_system


def _written(path: Path, text: str) -> None:
    """Write a result whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    temporary.write_text(text)
    shutil.move(temporary, path)

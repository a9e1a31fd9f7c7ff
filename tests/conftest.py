"""Fixtures: the golden trees, copies of them to work on, and the unit vectors."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared_folders import folder_made_once
from trees import SHARED, copy_writable

from pystamps_kernels import BACKENDS

pytest_plugins = ["campaigns", "random_examples"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let all tests that do not ask for a backend run with one: ``pytest --backend python``."""
    parser.addoption(
        "--backend",
        choices=[backend.name for backend in BACKENDS.values() if not backend.is_device],
        help="what the automatic choice of kernels gives, in this process (not in Snakemake's)",
    )
    parser.addoption(
        "--slurm", action="store_true", help="start a Slurm on this machine for the tests of it"
    )


@pytest.fixture(scope="session", autouse=True)
def backend_of_auto(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the automatic choice give the backend of the option."""
    wanted = request.config.getoption("--backend")
    with pytest.MonkeyPatch.context() as patch:
        if wanted:
            patch.setattr(
                "pystamps_kernels.choice.automatic_backend",
                lambda kernel, size=None: (wanted, "asked for by the tests"),
            )
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the long files first, those that run Snakemake, so that no worker ends alone."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)
    for item in items:
        if item.get_closest_marker("slurm") and not item.config.getoption("--slurm"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: make test-slurm"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of golden trees made by the original StaMPS."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"golden trees are not beside the checkout ({SHARED / 'data'})")
    return SHARED / "data"


@pytest.fixture(scope="session")
def simulated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated data set with nothing done; copy it to change it."""
    from pystamps.simulate import PRESETS, simulate_dataset

    root = tmp_path_factory.mktemp("simulated") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.fixture
def simulated(simulated_once: Path, tmp_path: Path) -> Path:
    """A copy of the simulated data set."""
    return Path(shutil.copytree(simulated_once, tmp_path / "dataset"))


@pytest.fixture(scope="session")
def finished_once(simulated_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated data set with all stages done by ``pystamps run``; copy it to change it."""
    from pystamps.config import RunConfig
    from pystamps.pipeline.stages import run_pipeline
    from pystamps.pipeline.types import PipelineContext

    def make(folder: Path) -> None:
        root = Path(shutil.copytree(simulated_once, folder / "dataset"))
        report = run_pipeline(PipelineContext(root, RunConfig(), cores=2))
        assert {target.status for target in report.targets} == {"completed"}
        assert not report.has_failed

    return folder_made_once(tmp_path_factory, "finished_by_run", make) / "dataset"


@pytest.fixture(scope="session")
def small_baselines_once(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden small-baseline set, all stages done by the workflow; copy it to change it."""
    from trees import copy_writable

    from pystamps.config import RunConfig
    from pystamps.pipeline.stages import run_pipeline
    from pystamps.pipeline.types import PipelineContext

    folder = tmp_path_factory.mktemp("small_baselines")
    for part in ("run", "raw"):
        copy_writable(shared_data / "sb_small" / part, folder / part)
    report = run_pipeline(PipelineContext(folder / "run", RunConfig(), cores=2))
    assert {target.status for target in report.targets} == {"completed"}
    return folder / "run"


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    """A copy of the finished data set, times and records kept."""
    return Path(shutil.copytree(finished_once, tmp_path / "dataset"))


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Folder of unit vectors made by the original functions."""
    if not (SHARED / "spec" / "vectors").is_dir():
        pytest.skip(f"unit vectors are not beside the checkout ({SHARED / 'spec' / 'vectors'})")
    return SHARED / "spec" / "vectors"


@pytest.fixture
def heeded_signals() -> Iterator[None]:
    """Signals as a terminal gives them: ``nohup`` and ``&`` let what they start ignore some."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def cuda_stand_in(monkeypatch: pytest.MonkeyPatch):
    """Let the CUDA backend run without a device: programs in an emulator, arrays of NumPy."""
    from cuda_emulator import COMPILER
    from cuda_stand_in import StandIn

    from pystamps_kernels.device import gpu

    if COMPILER is None:
        pytest.skip("no C++ compiler for the emulator of CUDA")
    module = StandIn()
    monkeypatch.setattr(gpu, "arrays", lambda: module)
    monkeypatch.setattr(gpu, "device_problem", lambda: None)
    gpu._function.cache_clear()
    yield module
    gpu._function.cache_clear()


@pytest.fixture(params=["emulated", pytest.param("device", marks=pytest.mark.cuda)])
def cuda_arrays(request: pytest.FixtureRequest):
    """Give the module of device arrays: the stand-in, and CuPy where a device is found."""
    if request.param == "emulated":
        return request.getfixturevalue("cuda_stand_in")
    from pystamps_kernels.device import gpu

    missing = gpu.device_problem()
    if missing:
        pytest.skip(missing)
    return gpu.arrays()


@pytest.fixture
def tree_before(shared_data: Path, tmp_path: Path):
    """Give a function that copies a data set as the original left it before a stage.

    ``tree_before("tiny", 4)`` is ``run/`` with golden stages 1 to 3 on top; the raw export
    lies beside it, as the text files of ``run/`` expect.
    """

    def make(name: str, stage: int) -> Path:
        source = shared_data / name
        root = tmp_path / name / "run"
        copy_writable(source / "run", root)
        if (source / "raw").is_dir():
            copy_writable(source / "raw", tmp_path / name / "raw")
        for number in range(1, stage):
            copy_writable(source / "stages" / f"stage{number}", root)
            deleted = source / "stages" / f"stage{number}" / "DELETED_MAT.txt"
            for line in deleted.read_text().split():
                (root / line).unlink(missing_ok=True)
        return root

    return make

"""The cache of compiled kernels: shared, safe, and never stale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import pystamps_kernels
from pystamps_kernels.host import compile as compiling

PACKAGE = Path(pystamps_kernels.__file__).parent

CALL = """
import json, logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
import numpy as np
from pystamps_kernels.stage2_weighted_phase import stage2_weighted_phase
bperp = np.full((3, 2), 50.0, sys.argv[1])
ph = np.ones((3, 2), np.complex64)
out = stage2_weighted_phase(ph, bperp, k_ps=np.full(3, 0.01), weighting=np.ones(3))
print(json.dumps([float(out[0, 0].real), float(out[0, 0].imag)]))
"""
COMPILING = "compiling kernels"


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    """Give a folder with a copy of the kernels that can be changed."""
    shutil.copytree(PACKAGE, tmp_path / "src" / "pystamps_kernels")
    return tmp_path / "src"


def start(kernels: Path, cache: Path, bperp_class: str = "float32") -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(kernels), "NUMBA_CACHE_DIR": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", CALL, bperp_class],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=kernels,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[list[float], str]:
    out, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages
    return json.loads(out), messages


def test_installations_of_one_version_share_code_and_others_never(kernels, tmp_path):
    cache = tmp_path / "cache"
    first, said = finish(start(kernels, cache))
    assert COMPILING in said
    elsewhere = shutil.copytree(kernels, tmp_path / "another environment" / "src")
    helper = elsewhere / "pystamps_kernels" / "host" / "elementary.py"
    os.utime(helper)
    shared, said = finish(start(elsewhere, cache))
    assert COMPILING not in said
    assert shared == first
    before = helper.stat()
    text = helper.read_text()
    helper.write_text(text.replace("return sine, cosine\n", "return sine, 2.0 * cosine\n"))
    os.utime(helper, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed, said = finish(start(elsewhere, cache))
    assert COMPILING in said
    assert changed[0] == pytest.approx(2 * first[0])
    assert changed[1] == pytest.approx(first[1])
    again, said = finish(start(kernels, cache))
    assert COMPILING not in said
    assert again == first


@pytest.mark.parametrize(
    ("module", "name", "other"),
    [
        (compiling.numba, "__version__", "0.0"),
        (compiling.llvmlite, "__version__", "0.0"),
        (compiling.np, "__version__", "0.0"),
        (compiling.sys, "version", "2.7"),
        (compiling.numba.config, "BOUNDSCHECK", 1),
        (compiling.numba.config, "OPT", 0),
    ],
)
def test_code_of_another_compiler_is_not_taken(module, name, other, monkeypatch):
    source = PACKAGE / "stage7_scla" / "cpu.py"
    try:
        before = compiling.content_stamp(source)
        monkeypatch.setattr(module, name, other)
        _forget_stamps()
        assert compiling.content_stamp(source) != before
    finally:
        monkeypatch.undo()
        _forget_stamps()


def _forget_stamps() -> None:
    compiling.content_stamp.cache_clear()
    compiling._compiler.cache_clear()


def test_code_of_another_processor_is_not_taken(tmp_path, monkeypatch):
    """One folder of several machines: what one of them has compiled, another one cannot run."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    program = (
        "from pystamps_kernels.host.compile import _SharedCache\n"
        "from pystamps_kernels.stage2_weighted_phase import cpu\n"
        "from numba.core.registry import cpu_target\n"
        "cache = next(vars(cpu)[n]._cache for n in vars(cpu) if hasattr(vars(cpu)[n], '_cache'))\n"
        "print(cache.cache_path, cache._index_key(None, cpu_target.target_context.codegen()))"
    )
    (own, generic) = (
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True,
            env=os.environ | processor,
        ).stdout
        for processor in ({}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})
    )  # fmt: skip
    assert own.split()[0] == generic.split()[0]
    assert own != generic


def test_jobs_that_start_at_once_compile_each_variant_once(kernels, tmp_path):
    """Without a lock, Numba's index can name the code of one variant for another."""
    kinds = ["float32", "float64", "float32", "float64"]
    results = [finish(p) for p in [start(kernels, tmp_path, kind) for kind in kinds]]
    assert len({tuple(result) for result, _ in results}) == 1
    assert sum(COMPILING in said for _, said in results) <= 2
    for kind in ("float32", "float64"):
        assert COMPILING not in finish(start(kernels, tmp_path, kind))[1]


def test_without_a_writable_folder_kernels_are_compiled_all_the_same(kernels):
    environment = os.environ | {"PYTHONPATH": str(kernels), "NUMBA_CACHE_DIR": ""}
    environment |= {"XDG_CACHE_HOME": os.devnull, "HOME": os.devnull, "TMPDIR": os.devnull}
    code = CALL.replace(
        "import numpy", "import tempfile; tempfile.tempdir='/dev/null'\nimport numpy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "float64"],
        capture_output=True, text=True, env=environment, cwd=kernels, check=True, timeout=300,
    )  # fmt: skip
    assert json.loads(done.stdout)
    assert "cannot be kept" in done.stderr


def test_the_stamp_follows_the_kernel_and_the_shared_modules(kernels):
    package = kernels / "pystamps_kernels"
    source, other = package / "stage7_scla" / "cpu.py", package / "stage2_topofit" / "cpu.py"

    def stamps():
        copy = _compile_of(package)
        return copy.content_stamp(source), copy.content_stamp(other)

    first = stamps()
    assert first[0] != first[1]
    with (package / "stage7_scla" / "reference.py").open("a") as file:
        file.write("# changed\n")
    second = stamps()
    assert second[0] != first[0]
    assert second[1] == first[1]
    for name in ("registry.py", "device/windows.py", "stage7_scla/cuda.py"):
        with (package / name).open("a") as file:
            file.write("# changed\n")
    assert stamps() == second


def test_a_compilation_that_fails_does_not_lock_out_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))

    @compiling.compiled
    def broken(x):
        return x.nothing

    for _ in range(2):
        with pytest.raises(numba.core.errors.TypingError):
            broken(1.0)
    broken._cache._release()


def _compile_of(package: Path):
    """Load the module of a copy, which looks at the sources beside itself."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("copy_of_compile", package / "host" / "compile.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""What lies in the directory in which a process works, often a data set, changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.errors import DatasetError
from pystamps.pipeline.child_environment import child_environment, refuse_planted_modules
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps_kernels.undisturbed_imports import undisturbed_import

NUMBA = "disable_jit: 1\nopt: 0\ncache_dir: {marks}\nboundscheck: 1\n"
MATPLOTLIB = "font.size: 30\nsavefig.dpi: 20\nbackend: module://planted\naxes.facecolor: red\n"
DOCUTILS = "[general]\nwarning_stream: {marks}/warnings\nrecord_dependencies: {marks}/names\n"
MODULES = ("numpy", "yaml", "snakemake", "sitecustomize", "usercustomize", "cupy", "triangle",
           "planted", "scipy", "pystamps", "matplotlib", "numba", "h5py", "click")  # fmt: skip
TIMEOUT_S = 1800


def plant(folder: Path, marks: Path) -> None:
    """Put everything into a folder that some library is known to look for where it works."""
    marks.mkdir(exist_ok=True)
    code = "open({!r}, 'w')\nraise ImportError('planted')\n"
    for name in MODULES:
        (folder / f"{name}.py").write_text(code.format(str(marks / name)))
    texts = {
        ".numba_config.yaml": NUMBA,
        "matplotlibrc": MATPLOTLIB,
        "docutils.conf": DOCUTILS,
        "html4css1.css": "body { background: url(http://example.invalid/seen) }",
        "Snakefile": "open('{marks}/Snakefile', 'w')",
        "workflow/Snakefile": "open('{marks}/Snakefile', 'w')",
        "config.yaml": "dataset: {marks}\nnonsense: 1\n",
        "config/config.yaml": "dataset: {marks}\nnonsense: 1\n",
        "profiles/default/config.yaml": "dry-run: true\nnonsense: 1\n",
        "profiles/default/config.v8+.yaml": "nonsense: 1\n",
        "setup.cfg": "[numba]\nnonsense = 1\n",
        "pyproject.toml": "[tool.nonsense",
        ".condarc": "channels: [http://example.invalid]\n",
        ".env": "NUMBA_DISABLE_JIT=1\n",
        ".pythonstartup": "open('{marks}/startup', 'w')",
        "snaphu.conf": "OUTFILE {marks}/snaphu\n",
        ".git/config": "[core]\nfsmonitor = touch {marks}/git\n",
        ".snakemake/scripts/numpy.py": code.format(str(marks / "script")),
        ".snakemake/scripts/pystamps.py": code.format(str(marks / "script")),
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{marks}", str(marks)))
    for name in ("snaphu", "git", "bash", "python"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {marks}/{name}\n")
        (folder / name).chmod(0o755)


def environment(**more: str) -> dict[str, str]:
    """Give an environment in which nothing of the tests counts; the modules of the checkout do."""
    absolute = os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part)
    return {**os.environ, "PYTHONPATH": absolute, "COLUMNS": "300", **more}


def python(code: str, folder: Path, **more: str) -> str:
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=folder, text=True, check=True, stdout=subprocess.PIPE,
                          timeout=TIMEOUT_S, env=environment(**more))  # fmt: skip
    return done.stdout


def test_numba_takes_no_settings_from_there_also_when_it_compiles(tmp_path):
    plant(tmp_path, tmp_path / "marks")
    said = python(
        "import os\n"
        "from pystamps_kernels.host import compile\n"
        "import numba\n"
        "@numba.njit\n"
        "def doubled(x):\n"
        "    return 2 * x\n"
        "assert doubled(2.0) == 4.0 and doubled.signatures\n"
        "print(numba.config.DISABLE_JIT, numba.config.OPT, numba.config.BOUNDSCHECK, os.getcwd())",
        tmp_path,
    )  # fmt: skip
    jit, level, bounds, here = said.split()
    assert (jit, level, bounds) == ("0", "_OptLevel(3)", "None")
    assert Path(here) == tmp_path, "the working directory is what it was"


def test_figures_are_the_same_whatever_matplotlibrc_says(tmp_path):
    draw = (
        "import hashlib, io\n"
        "from pystamps.figures.style import drawing_settings, new_figure\n"
        "with drawing_settings():\n"
        "    figure = new_figure(3, 2)\n"
        "    figure.subplots().set_title('$a_b$')\n"
        "    stream = io.BytesIO()\n"
        "    figure.savefig(stream, format='png')\n"
        "print(hashlib.sha256(stream.getvalue()).hexdigest())\n"
    )
    (tmp_path / "empty").mkdir()
    (tmp_path / "planted").mkdir()
    plant(tmp_path / "planted", tmp_path / "marks")
    users = tmp_path / "empty" / "matplotlib"
    users.mkdir()
    (users / "matplotlibrc").write_text("font.size: 40\n")
    found = {python(draw, tmp_path / name) for name in ("empty", "planted")}
    found.add(python(draw, tmp_path / "planted", MPLCONFIGDIR=str(users)))
    assert len(found) == 1
    assert not list((tmp_path / "marks").iterdir())


def test_a_pipe_in_the_place_of_settings_stops_nobody(tmp_path):
    """A process that opened it would wait for ever."""
    for name in ("matplotlibrc", ".numba_config.yaml"):
        os.mkfifo(tmp_path / name)
    code = "import pystamps.figures.style, pystamps_kernels.host.compile; print('done')"
    assert python(code, tmp_path) == "done\n"


def test_an_import_elsewhere_comes_back_to_a_directory_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    assert undisturbed_import("this").__name__ == "this"
    with pytest.raises(FileNotFoundError):
        Path.cwd()


@pytest.mark.parametrize("name", ["docutils.conf", "html4css1.css"])
def test_docutils_takes_nothing_from_there(tmp_path, name):
    os.mkfifo(tmp_path / name)
    given = child_environment(os.environ, modules=tmp_path, scratch=tmp_path)
    code = (
        "from docutils.core import publish_parts\n"
        "found = publish_parts('A *caption*', writer_name='html')\n"
        "print('<em>caption</em>' in found['body'], found['stylesheet'].strip())"
    )
    said = python(code, tmp_path, DOCUTILSCONFIG=given["DOCUTILSCONFIG"])
    assert said.split() == ["True"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared") / "data"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.mark.parametrize("arguments", ["run", "run -n", "status", "report", "import"])
def test_modules_in_the_folder_where_snakemake_looks_are_refused(prepared, tmp_path, arguments):
    """It appends that folder to the places of modules, and loads every plugin that it finds."""
    root = tmp_path / "data"
    planted = root / ".snakemake" / "pip-deployments" / "snakemake_executor_plugin_evil"
    planted.mkdir(parents=True)
    (planted / "__init__.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')\n")
    shutil.copytree(prepared, root, dirs_exist_ok=True)
    found = CliRunner().invoke(main, [*arguments.split(), "-d", str(root)])
    assert found.exit_code == 2, found.output
    if arguments != "import":  # there is nothing to take over yet
        assert "pip-deployments: Snakemake would load" in found.output
    assert not (tmp_path / "mark").exists()


def test_so_are_they_in_the_directory_in_which_the_command_was_given(tmp_path):
    (tmp_path / ".snakemake" / "pip-deployments").mkdir(parents=True)
    with pytest.raises(DatasetError, match="delete that folder"):
        refuse_planted_modules(tmp_path / "elsewhere", tmp_path)


@pytest.mark.slow
@pytest.mark.workflow
@pytest.mark.parametrize("start", ["pystamps", "snakemake"])
def test_a_data_set_full_of_settings_gives_the_same_report(finished, tmp_path, start):
    """Jobs work in the data set; ``pystamps`` is started there as well, bare Snakemake is not."""
    marks = tmp_path / "marks"
    wanted = {path.name: path.read_bytes() for path in finished.glob("*.mat")}
    plant(finished, marks)
    for name in ("mean_v.mat", "scn2.mat"):
        (finished / name).unlink()
    made = finished / "report.html"
    config = ["--config", f"dataset={finished}"]
    bare = [sys.executable, "-P", "-m", "snakemake", "--snakefile",
            str(workflow_directory() / "Snakefile"), "--cores", "1"]  # fmt: skip
    code = "from pystamps.cli import main; main()"
    commands = {
        "pystamps": [([sys.executable, "-P", "-c", code, "report"], finished)],
        "snakemake": [
            ([*bare, *config], tmp_path),
            ([*bare, "--report", str(made), *config], tmp_path),
        ],
    }
    for command, folder in commands[start]:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              timeout=TIMEOUT_S, env=environment())  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    assert not list(marks.iterdir())
    assert {path.name: path.read_bytes() for path in finished.glob("*.mat")} == wanted
    assert "example.invalid" not in made.read_text()

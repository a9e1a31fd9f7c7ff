"""How commands end: one line for the machine's refusals, a bundle for faults of our own."""

from __future__ import annotations

import errno
import os
import py_compile
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.errors import PystampsError
from pystamps.io.atomic import temporary_beside
from pystamps.pipeline import failures, support_bundle
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset

NAME = "/data/x/pm1.mat"
REFUSALS: dict[str, tuple[Callable[[], BaseException], str, str]] = {
    "full disk": (lambda: OSError(errno.ENOSPC, "x", NAME), NAME, "no space is left on the disk"),
    "quota": (lambda: OSError(errno.EDQUOT, "x", NAME), NAME, "quota"),
    "read-only": (lambda: OSError(errno.EROFS, "x", NAME), NAME, "reading only"),
    "permission": (lambda: PermissionError(errno.EACCES, "x", NAME), NAME, "read and written"),
    "long name": (lambda: OSError(errno.ENAMETOOLONG, "x", NAME), NAME, "shorter"),
    "folder": (lambda: IsADirectoryError(errno.EISDIR, "x", NAME), NAME, "a file is expected"),
    "missing": (lambda: FileNotFoundError(errno.ENOENT, "x", NAME), NAME, "exists"),
    "links": (lambda: OSError(errno.ELOOP, "x", NAME), NAME, "circle"),
    "file size": (lambda: OSError(errno.EFBIG, "x", NAME), NAME, "ulimit"),
    "open files": (lambda: OSError(errno.EMFILE, "x", NAME), NAME, "ulimit -n"),
    "other number": (lambda: OSError(errno.EBUSY, "busy", NAME), NAME, "busy"),
    "numpy on a full disk": (lambda: OSError("9 requested and 3 written"), "D", "no space"),
    "memory": (lambda: MemoryError("9 GiB"), "D", "memory has run out"),
    "depth": (RecursionError, "D", "nested too deeply"),
    "text": (lambda: UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "x"), "D", "UTF-8"),
    "name": (lambda: UnicodeEncodeError("utf-8", "a\udcff", 1, 2, "x"), "D", "rename"),
}


def status_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Result:
    """Run a command whose work raises."""

    def work(*_: Any) -> None:
        raise error

    monkeypatch.setattr("pystamps.pipeline.status.dataset_status", work)
    return CliRunner().invoke(main, ["status", "-d", "D"])


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_the_machine_refuses_ends_with_one_line_path_and_remedy(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    error, path, words = REFUSALS[kind]
    done = status_that_raises(monkeypatch, error())
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert line.startswith(f"error: {path}: ") and words in line and "; " in line


def test_every_refusal_of_a_disk_has_a_remedy_of_its_own() -> None:
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG, errno.EACCES):
        found = failures.machine_error_in_words(OSError(number, "x", NAME), Path("D"))
        assert found is not None and failures._OTHER_REMEDY not in found
    assert failures.machine_error_in_words(KeyError("x"), Path("D")) is None
    assert failures.machine_error_in_words(OSError("a library says so"), Path("D")) is None


@pytest.mark.parametrize("bytes_left", [16, 40], ids=["nothing", "a part"])
def test_a_compiled_module_that_a_full_disk_has_cut_off_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bytes_left: int
) -> None:
    source = tmp_path / "module_of_a_full_disk.py"
    source.write_text("numbers = [1, 2, 3]")
    compiled = Path(py_compile.compile(str(source)))
    compiled.write_bytes(compiled.read_bytes()[:bytes_left])
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EOFError) as caught:
        import_module(source.stem)
    done = status_that_raises(monkeypatch, caught.value)
    assert done.exit_code == 2
    assert done.output.startswith(f"error: {compiled}: Python's compiled copy of a module is dam")
    assert failures.machine_error_in_words(EOFError("of a pipe"), Path("D")) is None


def test_a_fault_ends_with_code_3_and_a_bundle_outside_the_data_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = status_that_raises(monkeypatch, KeyError("half a pixel"))
    assert done.exit_code == 3
    (line,) = done.output.splitlines()
    assert "KeyError: 'half a pixel'; this is a fault of pySTAMPS" in line
    (bundle,) = tmp_path.glob("pystamps-fault-*.zip")
    assert str(bundle) in line and bundle.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(bundle) as found:
        assert "in work" in found.read("last_error.txt").decode()
        assert "pystamps" in found.read("versions.json").decode()


def test_the_bundle_outlives_the_temporary_folder_of_a_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch = tmp_path / "pystamps-1.2.x" / "tmp"
    scratch.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    support_bundle.bundle_of_fault(KeyError("x"), None, support_bundle.RunConfig())
    assert len(list(tmp_path.glob("pystamps-fault-*.zip"))) == 1


def test_no_bundle_is_put_into_the_data_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words = support_bundle.bundle_of_fault(KeyError("x"), tmp_path, support_bundle.RunConfig())
    assert "TMPDIR lies in the data set" in words and not list(tmp_path.iterdir())


def test_a_bundle_that_cannot_be_written_changes_no_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    done = status_that_raises(monkeypatch, KeyError("x"))
    assert done.exit_code == 3 and "no support bundle could be written" in done.output


def test_an_error_of_writing_names_the_file_and_not_its_temporary_name(tmp_path: Path) -> None:
    wanted = tmp_path / "pm1.mat"
    for name in (None, "temporary"):
        with pytest.raises(OSError) as caught, temporary_beside(wanted) as temporary:
            raise OSError(errno.ENOSPC, "full", *([str(temporary)] if name else []))
        assert caught.value.filename == str(wanted)
    assert not list(tmp_path.iterdir())


def limited_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def test_a_stage_that_may_not_write_says_so_in_one_line_and_leaves_the_results(
    finished: Path,
) -> None:
    """As on a full disk; a limit of the size of files needs no administrator."""
    before = {p: p.read_bytes() for p in (*finished.glob("*.mat"), *finished.glob("P*/*.mat"))}
    command = [sys.executable, "-c", "from pystamps.cli import main; main()"]
    command += ["stage", "7", "-d", str(finished)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, preexec_fn=limited_size, env=environment,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(lines) == 1 and str(finished) in lines[0] and "run again" in lines[0]
    assert "Traceback" not in done.stderr
    assert before == {p: p.read_bytes() for p in before}
    assert not [p for p in finished.rglob("*.part") if "jobs" not in p.parts]


def test_a_report_holds_words_and_no_data_and_no_user_names(finished: Path, tmp_path: Path) -> None:
    log = finished / "logs" / "stage7_scla.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("read /home/alice/INSAR/x and /Users/bob/y\n")
    (finished / "logs" / "link.log").symlink_to("/etc/passwd")
    output = tmp_path / "r.zip"
    command = ["report-bug", "-d", str(finished), "-o", str(output), "--set", "scn_time_win=100"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(output) as bundle:
        names = bundle.namelist()
        texts = {name: bundle.read(name).decode() for name in names}
    assert all(name in done.output for name in names)
    expected = {"versions.json", "configuration.json", "parameters.json", "status.json"}
    assert expected | {"last_error.txt", "files.tsv", "logs/stage7_scla.log"} <= set(names)
    assert not [n for n in names if n.endswith((".mat", ".h5", ".in", "link.log"))]
    assert "/home/USER/INSAR/x and /Users/USER/y" in texts["logs/stage7_scla.log"]
    assert "scn_time_win" in texts["configuration.json"] and "ps2.mat" in texts["files.tsv"]
    assert not list(tmp_path.glob(".*part"))
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2 and "is there already" in again.output


def test_a_bundle_of_a_damaged_data_set_says_what_cannot_be_read(finished: Path) -> None:
    (finished / "parms.mat").write_bytes(b"no MAT file")
    texts = support_bundle.texts_of_bundle(finished, support_bundle.RunConfig())
    assert "parms.mat" in texts["parameters.json"]


def test_home_folders_are_replaced_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/srv/people/carol"))
    text = "/srv/people/carol/a /srv/people/caroline/b /home/x/y C:\\Users\\z\\w /data/home/k"
    found = support_bundle.without_users(text)
    assert found.startswith("~/a /srv/people/caroline/b /home/USER/y C:\\Users\\USER\\w")


def test_a_refusal_in_words_is_one_of_ours() -> None:
    with pytest.raises(PystampsError, match="no space"), failures.errors_of_machine(Path("D")):
        raise OSError(errno.ENOSPC, "x", NAME)


def test_a_read_only_data_set_is_planned_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "D"
    small = {"preparation.patches": (1, 1), "lines": 40, "samples": 50}
    simulate_dataset(root, changed_scene(PRESETS["tiny"], small))
    monkeypatch.setattr("os.access", lambda _, mode, **__: not mode & os.W_OK)
    command = ["run", "-d", str(root), "--end-step", "1"]
    planned = CliRunner().invoke(main, [*command, "--dry-run", "--json"])
    assert planned.exit_code == 0, planned.output
    assert "no permission to write" in caplog.text
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and "no permission to write" in done.output

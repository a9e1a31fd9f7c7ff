"""The folder of compiled kernels: code is loaded from a private one only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pystamps_kernels import compile_cache_place
from pystamps_kernels.compile_cache_place import cache_root, place_problem
from pystamps_kernels.device import gpu

SHARED = 0o777


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Give the folders that are tried: the user's choice, the user's cache, the temporary one."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "given"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compile_cache_place.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    compile_cache_place._first_private.cache_clear()
    yield {
        "given": tmp_path / "given" / "pystamps" / "kernels",
        "cache": tmp_path / "cache" / "pystamps" / "kernels",
        "temporary": tmp_path / "temporary" / f"pystamps-{os.getuid()}" / "kernels",
    }
    compile_cache_place._first_private.cache_clear()


def test_a_new_folder_is_closed_to_others_whatever_the_umask(places):
    before = os.umask(0)
    try:
        root = cache_root()
    finally:
        os.umask(before)
    assert root == places["given"]
    assert stat.S_IMODE(root.stat().st_mode) == stat.S_IMODE(root.parent.stat().st_mode) == 0o700


def test_the_temporary_folder_is_not_asked_for_where_another_one_serves(places, monkeypatch):
    """Python writes a file to find it, and a kill in that moment left it."""
    monkeypatch.setattr(compile_cache_place.tempfile, "tempdir", None)
    monkeypatch.setattr(compile_cache_place.tempfile, "_get_default_tempdir", None)
    assert cache_root() == places["given"]


@pytest.mark.parametrize("where", ["the folder", "the one above", "further above"])
def test_a_folder_that_others_can_write_into_is_not_used(places, where):
    folder = places["given"]
    folder.mkdir(parents=True, mode=0o700)
    opened = {"the folder": folder, "the one above": folder.parent,
              "further above": folder.parent.parent}[where]  # fmt: skip
    opened.chmod(SHARED)
    assert str(opened) in str(place_problem(folder) or place_problem(folder.parent))
    assert cache_root() == places["cache"]


def test_a_folder_that_is_a_link_is_not_used(places, tmp_path):
    places["given"].parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    places["given"].symlink_to(tmp_path / "elsewhere")
    assert "is a link" in str(place_problem(places["given"]))
    assert cache_root() == places["cache"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_of_somebody_else_is_not_used(places, level):
    folder = places["given"]
    folder.mkdir(parents=True, mode=0o700)
    os.chown([folder, *folder.parents][level], 12345, 12345)
    assert cache_root() == places["cache"]


def test_a_folder_of_somebody_else_is_told_by_its_owner(places, monkeypatch):
    places["given"].mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    assert "belongs to user" in str(place_problem(places["given"]))


def test_a_temporary_folder_that_everybody_may_use_is_safe_with_the_sticky_bit(tmp_path):
    shared, own = tmp_path / "tmp", tmp_path / "tmp" / "own"
    own.mkdir(parents=True, mode=0o700)
    shared.chmod(0o777)
    assert str(shared) in str(place_problem(own))
    shared.chmod(0o1777)
    assert place_problem(own) is None


def test_without_a_private_folder_one_of_the_process_is_taken_with_one_line(places, caplog):
    for name in ("given", "cache", "temporary"):
        places[name].mkdir(parents=True)
        places[name].chmod(SHARED)
    root = cache_root()
    assert root == cache_root() and root not in places.values()
    assert place_problem(root) is None
    (line,) = [record.getMessage() for record in caplog.records]
    assert "for this process only" in line and str(places["cache"]) in line


def test_a_temporary_folder_goes_with_its_process(tmp_path):
    given = tmp_path / "given"
    (given / "pystamps").mkdir(parents=True)
    code = "from pystamps_kernels.compile_cache_place import cache_root; print(cache_root())"
    environment = os.environ | {"TMPDIR": str(tmp_path), "NUMBA_CACHE_DIR": "/dev/null",
                                "XDG_CACHE_HOME": "/dev/null"}  # fmt: skip
    own = tmp_path / f"pystamps-{os.getuid()}"
    own.mkdir()
    own.chmod(SHARED)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True,
                          text=True, check=True)  # fmt: skip
    root = Path(done.stdout.strip())
    assert root.parent == tmp_path and root.name.startswith("pystamps-kernels-")
    assert not root.exists()


@pytest.mark.parametrize("given", [None, "shared", "missing", "private"])
def test_programs_for_a_gpu_are_kept_in_a_private_folder_too(places, tmp_path, monkeypatch, given):
    monkeypatch.delenv("CUPY_CACHE_DIR", raising=False)
    if given is not None:
        monkeypatch.setenv("CUPY_CACHE_DIR", str(tmp_path / given))
    for name, mode in (("shared", SHARED), ("private", 0o700)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    gpu._keep_programs_in_private_place.__wrapped__()
    expected = tmp_path / "private" if given == "private" else places["given"] / "cupy"
    assert os.environ["CUPY_CACHE_DIR"] == str(expected)

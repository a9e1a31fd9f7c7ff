"""Old results or new ones, never a mixture: every call to the file system may be the last."""

from __future__ import annotations

import errno
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pystamps.errors import DatasetError
from pystamps.io.result_sets import (
    PREVIOUS,
    keep_previous_set,
    set_swap,
    settle_sets,
    snakemake_record_path,
)

LABEL = "stage7_scla"
NAMES = ("scla2.mat", "scla_smooth2.mat", "la2.mat", ".pystamps/provenance/stage7_scla.json")
NEW = ("scla2.mat", "la2.mat", "scla_smooth2.mat")
SHARED = ("psver.mat", "no_ps_info.mat")
"""Files that other stages write too; the second one is new."""
FIRST_NS = 1_700_000_000_000_000_000
EVENTS = {
    *("os.link", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "open"),
    "os.scandir",
}
KILLED, TOO_MANY = 77, 200


def old_tree(root):
    """A stage without its optional file, with Snakemake's record of one of its files."""
    (root / ".pystamps" / "provenance").mkdir(parents=True)
    for number, name in enumerate((NAMES[0], NAMES[1], NAMES[3])):
        (root / name).write_text(f"old {name}")
        os.utime(root / name, ns=(FIRST_NS + number, FIRST_NS + number))
    (root / SHARED[0]).write_text(f"old {SHARED[0]}")
    (root / ".snakemake" / "metadata").mkdir(parents=True)
    (root / ".snakemake" / "incomplete").mkdir()
    record_of(root).write_text("old record")


def record_of(root, folder="metadata"):
    return snakemake_record_path(root / ".snakemake" / folder, NAMES[0])


def job_of_snakemake(root, *, fails=False):
    """Do what a run does: lay aside, delete, run the stage, note it."""
    keep_previous_set(root, LABEL, NAMES)
    record_of(root, "incomplete").write_text("{}")
    for name in NAMES[:3]:
        (root / name).unlink(missing_ok=True)
    run_stage_alone(root)
    record_of(root).write_text("new record")
    if fails:
        for name in NEW:
            (root / name).unlink()
    else:
        record_of(root, "incomplete").unlink()
    settle_sets(root)


def run_stage_alone(root):
    for name in NEW:
        (root / f"{name}.part").write_text(f"new {name}")
    with set_swap(root, LABEL, NAMES, NEW, SHARED):
        for name in NEW:
            (root / f"{name}.part").replace(root / name)
        for name in SHARED:
            (root / ".shared.part").write_text(f"new {name}")
            (root / ".shared.part").replace(root / name)
        (root / ".record.part").write_text(f"new {NAMES[3]}")
        (root / ".record.part").replace(root / NAMES[3])


def content_of(root):
    names = [name for name in (*NAMES, *SHARED) if (root / name).is_file()]
    found = {name: (root / name).read_text() for name in names}
    assert found.keys() >= {NAMES[0], NAMES[1], NAMES[3], SHARED[0]}
    return found


def state_of(root):
    """Give old or new; everything else fails."""
    found = content_of(root)
    states = {text.partition(" ")[0] for text in found.values()}
    assert len(states) == 1, found
    (state,) = states
    assert (NAMES[2] in found) == (SHARED[1] in found) == (state == "new")
    if state == "old":
        times = [(root / name).stat().st_mtime_ns for name in (NAMES[0], NAMES[1], NAMES[3])]
        assert times == [FIRST_NS, FIRST_NS + 1, FIRST_NS + 2]
    assert not (root / PREVIOUS).exists()
    return state


def stop_at(call, number, *, root, stop):
    """Let a call end at its n-th use of the file system below ``root``; True when it got there."""
    seen = 0
    is_on = True

    def hook(event, arguments):
        nonlocal seen
        if is_on and event in EVENTS and str(root) in str(arguments):
            seen += 1
            if seen == number:
                stop()

    sys.addaudithook(hook)
    try:
        call(root)
    finally:
        is_on = False
    return seen >= number


def killed_at(call, number, root):
    """Kill a process at its n-th use of the file system; False when it needs fewer."""
    child = os.fork()
    if not child:
        status = 1
        try:
            stop_at(call, number, root=root, stop=lambda: os._exit(KILLED))
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED


def settled(root):
    if (root / PREVIOUS).is_dir():
        settle_sets(root)


@pytest.mark.parametrize("call", [job_of_snakemake, run_stage_alone])
def test_a_kill_at_any_instant_leaves_one_set(tmp_path, call):
    states = []
    for number in range(1, TOO_MANY):
        root = tmp_path / str(number)
        old_tree(root)
        was_killed = killed_at(call, number, root)
        settled(root)
        states.append(state_of(root))
        if states[-1] == "old" and call is job_of_snakemake:
            assert record_of(root).read_text() == "old record"
        if not was_killed:
            break
    assert states[0] == "old"
    assert states[-1] == "new"
    assert states == sorted(states, reverse=True)  # once it is new, it stays new
    assert 20 < number < TOO_MANY - 1


def test_putting_back_may_be_killed_too(tmp_path):
    def prepared(root):
        old_tree(root)
        keep_previous_set(root, LABEL, NAMES)
        record_of(root, "incomplete").write_text("{}")
        for name in NAMES[:3]:
            (root / name).unlink(missing_ok=True)
        (root / PREVIOUS / LABEL / "begun.json").write_text(json.dumps({"files": NEW}))
        for name in NEW[:2]:
            (root / name).write_text(f"new {name}")

    for number in range(1, TOO_MANY):
        root = tmp_path / str(number)
        prepared(root)
        was_killed = killed_at(settle_sets, number, root)
        settled(root)
        assert state_of(root) == "old"
        assert not record_of(root, "incomplete").exists()
        if not was_killed:
            break
    assert 10 < number < TOO_MANY - 1


def test_a_call_that_fails_leaves_one_set(tmp_path):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    states = []
    for number in range(1, TOO_MANY):
        root = tmp_path / str(number)
        old_tree(root)
        try:
            got_there = stop_at(run_stage_alone, number, root=root, stop=full)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            got_there = True
        settled(root)
        states.append(state_of(root))
        if not got_there:
            break
    assert states[0] == "old"
    assert states[-1] == "new"
    assert 20 < number < TOO_MANY - 1


def test_a_record_of_the_previous_files_is_none_of_the_new_ones(tmp_path):
    """A stage by hand may have other settings, of which Snakemake would know nothing."""
    old_tree(tmp_path)
    run_stage_alone(tmp_path)
    settled(tmp_path)
    assert state_of(tmp_path) == "new"
    assert not record_of(tmp_path).exists()
    old_tree(tmp_path / "again")
    with (
        pytest.raises(RuntimeError, match="stop"),
        set_swap(tmp_path / "again", LABEL, NAMES, NEW, SHARED),
    ):
        assert not record_of(tmp_path / "again").exists()
        raise RuntimeError("stop")
    assert record_of(tmp_path / "again").read_text() == "old record"


def test_a_stage_gives_back_what_the_stage_before_it_has_written(tmp_path):
    """In a run both lay their results aside at the beginning; the second one fails."""
    old_tree(tmp_path)
    keep_previous_set(tmp_path, LABEL, NAMES)
    keep_previous_set(tmp_path, "stage8_filter", ["scn2.mat"])
    run_stage_alone(tmp_path)
    swap = set_swap(tmp_path, "stage8_filter", ["scn2.mat"], ["scn2.mat"], SHARED)
    with pytest.raises(RuntimeError, match="stop"), swap:
        (tmp_path / SHARED[0]).write_text("of stage 8")
        raise RuntimeError("stop")
    settle_sets(tmp_path)
    assert state_of(tmp_path) == "new"


def test_new_files_that_snakemake_deletes_give_way_to_the_previous_ones(tmp_path):
    old_tree(tmp_path)
    job_of_snakemake(tmp_path, fails=True)
    assert state_of(tmp_path) == "old"
    assert record_of(tmp_path).read_text() == "old record"


def test_a_first_result_that_fails_halfway_leaves_nothing(tmp_path):
    (tmp_path / ".pystamps").mkdir()
    with pytest.raises(RuntimeError, match="stop"), set_swap(tmp_path, LABEL, NAMES, NEW):
        (tmp_path / NEW[0]).write_text("new")
        raise RuntimeError("stop")
    assert not [path for path in tmp_path.iterdir() if path.name != ".pystamps"]
    assert not list((tmp_path / PREVIOUS).iterdir())


def test_files_of_a_stage_that_did_not_run_are_not_touched(tmp_path):
    old_tree(tmp_path)
    keep_previous_set(tmp_path, LABEL, NAMES)
    (tmp_path / "mine").write_text("edited meanwhile")
    (tmp_path / "mine").replace(tmp_path / NAMES[0])
    settle_sets(tmp_path)
    assert (tmp_path / NAMES[0]).read_text() == "edited meanwhile"


def test_without_hard_links_the_stage_runs_and_a_warning_says_what_is_not_kept(
    tmp_path, monkeypatch, caplog
):
    def refused(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    old_tree(tmp_path)
    monkeypatch.setattr(os, "link", refused)
    assert not keep_previous_set(tmp_path, LABEL, NAMES)
    run_stage_alone(tmp_path)
    assert "hard links are not possible here" in caplog.text
    assert content_of(tmp_path)[NAMES[0]] == "new scla2.mat"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[1]",
        '{"files": 3}',
        '{"files": ["../outside"], "records": {}}',
        '{"files": ["/etc/passwd"], "records": {}}',
        '{"files": ["link/file"], "records": {}}',
        '{"files": [7], "records": {}}',
        '{"files": [], "records": {"scla2.mat": 3}}',
    ],
)
def test_a_damaged_or_hostile_list_is_refused_and_nothing_is_changed(tmp_path, content):
    root, outside = tmp_path / "tree", tmp_path / "elsewhere"
    outside.mkdir()
    old_tree(root)
    (root / "link").symlink_to(outside)
    keep_previous_set(root, LABEL, NAMES)
    (root / PREVIOUS / LABEL / "index.json").write_text(content)
    (root / PREVIOUS / LABEL / "begun.json").write_text('{"files": []}')
    with pytest.raises(DatasetError, match=r"index\.json: is "):
        settle_sets(root)
    assert (root / PREVIOUS / LABEL / "0").read_text() == "old scla2.mat"
    assert not list(outside.iterdir())
    assert not (tmp_path / "outside").exists()


def test_a_folder_that_is_a_link_is_refused(tmp_path):
    root, outside = tmp_path / "tree", tmp_path / "elsewhere"
    (outside / ".hidden").mkdir(parents=True)
    (root / ".pystamps").mkdir(parents=True)
    (root / PREVIOUS).symlink_to(outside)
    with pytest.raises(DatasetError, match="previous: is a link to "):
        settle_sets(root)
    assert (outside / ".hidden").is_dir()


def test_jobs_that_swap_side_by_side_do_not_disturb_each_other(tmp_path):
    """A first run has no previous results: every job makes and empties the common folder."""
    (tmp_path / ".pystamps").mkdir()

    def swap_often(patch):
        for _ in range(100):
            with set_swap(tmp_path, f"stage1_load.{patch}", [f"{patch}.mat"], [f"{patch}.mat"]):
                (tmp_path / f"{patch}.mat").write_text("new")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(swap_often, [f"PATCH_{number}" for number in range(8)]))
    assert list((tmp_path / PREVIOUS).iterdir()) == []

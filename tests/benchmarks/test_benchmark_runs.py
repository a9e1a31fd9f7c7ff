"""The benchmark program: what it measures, prints and refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from trees import CHECKOUT

from benchmarks import tables
from benchmarks.child import BenchmarkError, SkippedStageError, records_of
from benchmarks.kernel_runs import KernelRequest, KernelTime, as_record, from_record, measure
from benchmarks.machine import Machine
from benchmarks.memory import peak_mb, reset_peak, resident_mb
from benchmarks.parts import OpenedFiles, parts_of_time
from benchmarks.plain_runs import PlainLoop
from benchmarks.prep_runs import PreparationRequest, PreparationTime, make_export, preparation_time
from benchmarks.results import PlainStage, Results, against_plain
from benchmarks.stage_runs import StageSettings, require_work, run_in_child
from benchmarks.stage_series import StageTime
from benchmarks.turns import Repeats, repeat_in_turns
from pystamps.io.mat import read_mat, write_mat
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps.pipeline.types import StageResult
from pystamps_kernels import KernelChoice

RATES = Machine(*(10.0**9,) * 6)
SCRIPT = CHECKOUT / "scripts" / "benchmark.py"


def kernel_time(size: int, median: float, *, backend: str = "native") -> KernelTime:
    return KernelTime("stage7_scla", backend, size, size * 10, median, median, 3, 0.5, 1.0, 1e-4)


def stage_time(backend: str, median: float, *, checkout: str = "", **changes) -> StageTime:
    values = {
        "stage": "stage3_select", "backend": backend, "size": 1000, "runs": 2, "repeats": 3,
        "median": median, "fastest": median, "cpu_seconds": 2 * median, "io_seconds": 0.1,
        "kernel_seconds": 0.2, "limit": 0.01, "start": 1.0, "peak_mb": 200.0, "files_mb": 100.0,
        "idle_mb": 120.0, "checkout": checkout,
    } | changes  # fmt: skip
    return StageTime(**values)


def results() -> Results:
    setting = {
        "processor": "p", "cores": 2, "threads": 2, "device": "none: no CuPy",
        "interferograms": 30, "python": "3", "numpy": "2", "numba": "0",
    }  # fmt: skip
    found = Results(setting, RATES)
    found.kernels = [
        kernel_time(2_000, 0.002, backend="python"),
        kernel_time(20_000, 0.002),
        kernel_time(200_000, 0.022),
    ]
    found.stages = [stage_time("python", 9.0), stage_time("native", 0.5)]
    found.loops = [PlainLoop("stage3_select", "x", 500, 1000, 40.0)]
    found.plain = against_plain(found.loops, found.stages)
    found.preparations = [PreparationTime(400, 5, 0.2, 0.3, 2, 0.02, 0.05, 0.04, 40, 30.0)]
    return found


def test_all_backends_are_measured_at_all_sizes_that_are_short_enough():
    request = KernelRequest("stage7_scla", (50, 200), ("python", "native"), 5, repeats=Repeats(2))
    found = [record for record, _ in measure(request)]
    assert {(t.backend, t.size) for t in found} >= {
        ("python", 50), ("python", 200), ("native", 50), ("native", 200)
    }  # fmt: skip
    assert all(t.median >= t.fastest > 0 and t.elements == t.size * 5 for t in found)
    short = KernelRequest("stage7_scla", (50, 200), ("python", "native"), 5, longest_python=0.0)
    assert [(t.backend, t.size) for t, _ in measure(short)] == [
        ("python", 50), ("native", 50), ("native", 200)
    ]  # fmt: skip


def test_a_measurement_survives_the_way_between_processes():
    request = KernelRequest("stage2_histogram", (100,), ("native",))
    ((found, work),) = measure(request)
    again = from_record(json.loads(json.dumps(as_record(found, work))), RATES)
    assert again.limit == work.seconds(RATES)
    assert again.median == found.median
    assert again.ratio == pytest.approx(found.median / again.limit)


def test_memory_beyond_the_arguments_is_seen():
    if not reset_peak():
        pytest.skip("the system does not reset the peak")
    before = resident_mb()
    block = bytearray(80_000_000)
    block[::4096] = b"x" * len(block[::4096])
    del block
    assert 70 < peak_mb() - before < 100


def test_results_survive_json_and_tables_show_them(tmp_path: Path):
    given = results()
    given.write(tmp_path / "x.json")
    again = Results.read(tmp_path / "x.json")
    assert tables.report(again) == tables.report(given)
    page = tables.report(again)
    assert "| `stage7_scla` | 200 000 | 100 (at 2 000) | 11 | 0.050 | 220 | +10 % |" in page
    assert "| `stage3_select` | 1 000 | native | one at a time | 40 | 500 | 0.40 | 100 |" in page
    assert "| all | 1 000 | native | 0.50 |" in page
    assert "| `stage3_select` | 1 000 | native | 1.0 | 1 000 | 200 | 100 | 2.00 | 0.80 |" in page
    assert "more than a fifth of the time of no stage." in page
    assert "| 400 | 5 | 0.20 | 10 | 0.050 | 6.0 | 60 % | 40 | 30 |" in page


def test_measurements_of_other_kinds_stay_in_the_file(tmp_path: Path):
    first = results()
    first.write(tmp_path / "x.json")
    again = Results({**first.setting, "threads": 1}, RATES, stages=[stage_time("native", 7.0)])
    again.write(tmp_path / "x.json")
    found = Results.read(tmp_path / "x.json")
    assert (found.kernels, found.stages) == (first.kernels, again.stages)
    assert found.setting["threads"] == 1


def test_stages_of_two_checkouts_are_set_side_by_side():
    found = results()
    found.stages = [
        stage_time("auto", 1.2, fastest=1.0),
        stage_time("auto", 1.0, fastest=0.8, checkout="/there"),
    ]
    row = "| `stage3_select` | 1 000 | auto | 1.2 | 1.0 | 1.200 | 1.250 | 1.200 | 1.000 | 3 |"
    assert row in tables.report(found)
    assert tables.slower(found.stages, 1.05) == ["stage3_select (1.20 times)"]
    assert tables.slower(found.stages, 1.2) == []
    found.stages[0] = stage_time("auto", 1.2, fastest=0.8)  # other work made single runs longer
    assert tables.slower(found.stages, 1.05) == []


def test_measurements_take_turns_as_long_as_their_time_lasts():
    order: list[str] = []
    repeat_in_turns({"long": 4.0, "short": 0.1, "never": 20.0}, order.append, Repeats(3, 8.0))
    assert order == ["long", "short", "long", "short", "short"]


def test_a_process_gives_records_and_says_why_it_failed():
    (record,) = records_of("benchmarks.stage_runs:idle_process", {}, threads=1)
    assert 20 < record["peak_mb"] < 1000
    with pytest.raises(BenchmarkError, match="KeyError"):
        list(records_of("benchmarks.stage_runs:measured_stage", {}, threads=1))


def test_the_code_of_another_checkout_is_not_mixed_with_that_of_this_one(tmp_path: Path):
    elsewhere = StageSettings(checkout=str(tmp_path))
    with pytest.raises(BenchmarkError, match="was imported, not"):
        run_in_child("stage1_load", tmp_path, tmp_path, elsewhere)


def test_the_preparation_is_measured_beside_a_plain_read(tmp_path: Path):
    make_export(tmp_path / "raw", size=600, images=3)
    request = PreparationRequest(tmp_path / "raw", tmp_path, 1, repeats=Repeats(1))
    found = preparation_time(request)
    assert (found.files, found.repeats, found.megabytes) == (5, 1, found.size * 5 * 8 / 1e6)
    assert found.size == pytest.approx(600, rel=0.05)
    assert found.read_mb > found.megabytes and found.median >= found.fastest > 0


def test_only_fast_backends_are_set_beside_the_plain_loops():
    (found,) = results().plain
    assert found == PlainStage("stage3_select", "native", 1000, True, 40.0, 500, 0.4, 0.1)
    assert found.ratio == pytest.approx(100)


def test_tables_go_between_their_marks_and_nowhere_else(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- benchmark kernels -->\nold\n<!-- end kernels -->\nafter\n")
    tables.write_into(page, {"kernels": "new"})
    tables.write_into(page, {"kernels": "newer"})
    assert page.read_text() == (
        "before\n<!-- benchmark kernels -->\n\nnewer\n\n<!-- end kernels -->\nafter\n"
    )
    with pytest.raises(ValueError, match="benchmark plain"):
        tables.write_into(page, {"plain": "x"})


def test_the_documentation_has_the_marks_and_figures():
    page = (CHECKOUT / "docs" / "performance.md").read_text()
    for name in ("setting", "kernels", "stages", "plain"):
        assert tables.with_section(page, name, "x") != page
    for name in ("kernel_times.svg", "stage_times.svg"):
        assert f"figures/{name}" in page
        assert (CHECKOUT / "docs" / "figures" / name).stat().st_size < 100_000


def test_the_documentation_says_of_files_what_its_table_says():
    page = (CHECKOUT / "docs" / "performance.md").read_text()
    section = page[page.index("<!-- benchmark stages -->") : page.index("<!-- end stages -->")]
    lines = [line[2:-2].split(" | ") for line in section.splitlines() if line.startswith("| `")]
    sizes = [int(line[1].replace(" ", "")) for line in lines]
    shares = {
        line[0]: float(line[6]) / float(line[3])
        for line, size in zip(lines, sizes, strict=True)
        if size == max(sizes)
    }
    wanted = [f"{name} ({100 * share:.0f} %)" for name, share in shares.items() if share > 0.2]
    prose = " ".join(section.split())
    assert f"more than a fifth of the time of {', '.join(wanted)}." in prose


def test_figures_of_time_against_size_are_drawn(tmp_path: Path):
    from benchmarks.figures import draw_kernels, draw_stages

    draw_kernels(results(), tmp_path / "kernels.svg")
    draw_stages(results(), tmp_path / "stages.svg")
    assert "stage7_scla" in (tmp_path / "kernels.svg").read_text()
    assert "limit" in (tmp_path / "stages.svg").read_text()


def result(folder: Path, **changes) -> StageResult:
    values = {
        "stage": "stage3_select", "directory": folder, "seconds": 1.0,
        "counts": {"selected": 5}, "written": ("select1.mat",),
    } | changes  # fmt: skip
    return StageResult(**values)


def test_a_stage_that_did_its_work_is_accepted(tmp_path: Path):
    write_mat(tmp_path / "select1.mat", {"ix": 1.0})
    require_work(result(tmp_path), (tmp_path / "select1.mat").stat().st_mtime_ns)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"counts": {"selected": 0}}, "selected 0"),
        ({"counts": {}}, "counts: none"),
        ({"is_empty": True}, "no work"),
        ({"written": ()}, "no artifact"),
        ({"written": ("weed1.mat",)}, "weed1.mat is older"),
    ],
)
def test_a_stage_that_was_skipped_is_refused(tmp_path: Path, changes: dict, reason: str):
    write_mat(tmp_path / "select1.mat", {"ix": 1.0})
    with pytest.raises(SkippedStageError, match=reason):
        require_work(result(tmp_path, **changes), 0)


def test_an_artifact_from_before_the_run_is_refused(tmp_path: Path):
    write_mat(tmp_path / "select1.mat", {"ix": 1.0})
    os.utime(tmp_path / "select1.mat", (1_000_000_000, 1_000_000_000))
    with pytest.raises(SkippedStageError, match=r"select1\.mat is older than the run"):
        require_work(result(tmp_path), 1_700_000_000 * 10**9)


def test_time_in_files_and_kernels_is_told_apart(tmp_path: Path):
    arguments = typical("stage7_scla", 500, 6)
    with parts_of_time() as parts:
        write_mat(tmp_path / "x.mat", {"a": arguments["ph"]})
        read_mat(tmp_path / "x.mat")
        run_kernel("stage7_scla", arguments, KernelChoice("python"))
    assert all(parts.seconds[part] > 0 for part in ("io", "kernels"))
    assert parts.work["stage7_scla"].bandwidth == 500 * 6 * 12
    assert sum(parts.share(part) for part in parts.seconds) == pytest.approx(1)
    assert sys.getprofile() is None


def test_opened_files_have_their_final_sizes(tmp_path: Path):
    files = OpenedFiles(tmp_path)
    write_mat(tmp_path / "x.mat", {"a": np.zeros((100, 1000))})
    (tmp_path.parent / "beside.txt").write_text("not counted")
    assert files.megabytes() == pytest.approx(0.8e6 / 2**20, rel=0.01)


def test_this_checkout_is_as_fast_as_itself(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "stages", "--dataset", str(CHECKOUT / "tests/data/tiny/run"),
         "--steps", "1", "--threads", "1", "--repeats", "1", "--against", str(CHECKOUT),
         "--at-most", "50", "--json", str(tmp_path / "x.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| `stage1_load` | 6 028 | auto |" in done.stdout


@pytest.mark.slow
def test_the_program_stops_with_an_error_when_a_stage_does_no_work(tmp_path: Path):
    from pystamps.simulate.writer import simulate_dataset

    root = tmp_path / "run"
    simulate_dataset(root)
    for path in root.glob("PATCH_1/pscands.1.*"):
        path.write_bytes(b"")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "stages", "--backends", "native", "--dataset", str(root),
         "--json", str(tmp_path / "x.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "stage1_load PATCH_1: no work was done" in done.stderr
    assert not (tmp_path / "x.json").exists()

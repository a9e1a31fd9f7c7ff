"""Scenes that do not fit into memory: sparse files with little data in them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import raw_exports

from pystamps.prep.blocks import Block, Workforce
from pystamps.prep.patches import suggested_counts

LINES, DATES = 60_000, (raw_exports.MASTER, *raw_exports.SECONDARIES[:2])


def sparse_export(root: Path, *, width: int, rows: tuple[int, ...]) -> Path:
    """Write an export whose images are empty but for a few lines; it takes little disk space."""
    for name in ("rslc", "diff0", "geo"):
        (root / name).mkdir(parents=True)
    rng = np.random.default_rng(5)
    size = f"range_samples: {width}\nazimuth_lines: {LINES}\n"
    for date in DATES:
        path = root / "rslc" / f"{date}.rslc"
        text = raw_exports.PAR.format(date=date, year=date[:4], month=date[4:6], day=date[6:])
        text = "".join(
            line for line in text.splitlines(True) if "range_samples" not in line
            and "azimuth_lines" not in line
        )  # fmt: skip
        path.with_name(f"{path.name}.par").write_text(size + text)
        noise = rng.normal(size=(len(rows), width)) + 40
        sparse(path, noise.astype(">c8"), rows, width)
    for date in DATES[1:]:
        path = root / "diff0" / f"{DATES[0]}_{date}.diff"
        phase = np.arange(width) + np.array(rows)[:, None]
        sparse(path, np.exp(1j * phase).astype(">c8"), rows, width)
        path.with_suffix(".base").write_text(raw_exports.BASE.format(cross=10.0))
    sample, line = np.arange(width), np.array(rows)[:, None]
    for name, values in (
        (f"{DATES[0]}.lon", 14.2 + sample * 1e-4 + 0 * line),
        (f"{DATES[0]}.lat", 40.8 + line * 1e-4 + 0 * sample),
        ("elevation_dem.rdc", (line + sample) % 1000),  # as mountains are
    ):
        sparse(root / "geo" / name, values.astype(">f4"), rows, width)
    return root


def sparse(path: Path, values: np.ndarray, rows: tuple[int, ...], width: int) -> None:
    with path.open("wb") as stream:
        for line, content in zip(rows, values, strict=True):
            stream.seek(line * width * values.itemsize)
            stream.write(content.tobytes())
        stream.truncate(LINES * width * values.itemsize)


PREPARE = """
import json, resource, sys
from pathlib import Path
from pystamps.config import RawExport
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import prepare_dataset
import raw_exports
small = Path(sys.argv[2])
prepare_dataset(small / "warm", RawExport(export=raw_exports.snap_export(small / "raw")))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
raw = RawExport(export=Path(sys.argv[1]), patches="1x8", overlap="0x100")
summary = prepare_dataset(Path(sys.argv[3]), raw, workforce=Workforce(2, 100))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"patches": summary.patches, "megabytes": (after - before) / 1024}))
"""


@pytest.mark.parametrize("width", [300, pytest.param(9200, marks=pytest.mark.slow)])
def test_a_scene_of_60000_lines_is_prepared_within_the_memory_budget(tmp_path, width):
    """With 9200 samples a file has 4.4 GB: every 32-bit offset of the original would overflow."""
    rows = (0, 7_499, 7_500, 34_088, 34_089, 59_999)
    folder = sparse_export(tmp_path / "raw", width=width, rows=rows)
    run = tmp_path / "run"
    tests = Path(raw_exports.__file__).parent
    command = [sys.executable, "-c", PREPARE, str(folder), str(tmp_path / "small"), str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tests)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # lines 7499 and 7500 lie in the overlap of patches 1 and 2
    assert list(found["patches"].values()) == [3 * width, 2 * width, 0, 0, 2 * width, 0, 0, width]
    assert found["megabytes"] < 100
    for patch, lines in (("PATCH_5", (34_088, 34_089)), ("PATCH_8", (59_999,))):
        sample, line = np.fromfile(run / patch / "pscands.1.ij.int", ">i4").reshape(-1, 2).T
        assert np.array_equal(line, np.repeat(lines, width))
        assert np.array_equal(sample, np.tile(np.arange(width), len(lines)))
        height = np.fromfile(run / patch / "pscands.1.hgt", ">f4")
        assert np.array_equal(height, ((line + sample) % 1000).astype("f4"))
        phase = np.fromfile(run / patch / "pscands.1.ph", ">c8").reshape(2, -1)
        expected = np.exp(1j * (line + sample)).astype("c8")
        assert np.array_equal(phase[0], expected) and np.array_equal(phase[1], expected)
    assert (run / "PATCH_3" / "mean_amp.flt").stat().st_size == 7_700 * width * 4


def test_blocks_cover_the_image_once_and_shrink_with_the_budget():
    for size in ((100, 7), (70_000, 60_000), (300_000_000, 2)):
        for workforce in (Workforce(1, 100), Workforce(16, 2000)):
            blocks = workforce.blocks(size)
            assert [b.first for b in blocks[1:]] == [b.last for b in blocks[:-1]]
            assert (blocks[0].first, blocks[-1].last) == (0, size[1])
    lines = [Workforce(4, mb).blocks((70_000, 60_000))[0].last for mb in (100, 2000)]
    assert 0 < lines[0] < lines[1]


def test_results_of_threads_come_in_the_order_of_the_blocks():
    import time

    blocks = tuple(Block(k, k, k + 1) for k in range(20))

    def work(block: Block) -> int:
        time.sleep(0.002 * (block.number % 3))
        return block.number

    found = [result for _, result in Workforce(4).in_order(work, blocks)]
    assert found == list(range(20))


def test_an_error_in_a_thread_ends_the_work():
    def fail(block: Block) -> None:
        raise ValueError(str(block.number))

    with pytest.raises(ValueError, match="0"):
        list(Workforce(2).in_order(fail, tuple(Block(k, k, k + 1) for k in range(5))))


def test_automatic_patches_are_square_and_follow_the_memory():
    assert suggested_counts((1000, 1000), 20, 2000) == (1, 1)
    in_range, in_azimuth = suggested_counts((20_000, 5_000), 100, 2000)
    assert 4 * in_azimuth >= in_range > in_azimuth
    assert in_range * in_azimuth >= 20_000 * 5_000 * 100 * 16 / 2e9
    more = suggested_counts((20_000, 5_000), 100, 500)
    assert more[0] * more[1] > 3 * in_range * in_azimuth
    assert suggested_counts((3, 10**9), 1, 100)[0] <= 3

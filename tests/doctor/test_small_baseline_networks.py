"""What the doctor says about networks of small baselines, of exports and of data sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from paired_stacks import PAIRS, paired_doris_stack, paired_snap_stack
from prepared_stacks import MASTER, SLAVES

from pystamps.config import RunConfig
from pystamps.doctor.checks_network import check_network, check_network_of_export
from pystamps.doctor.prepared import take_stock_prepared
from pystamps.findings import Finding
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster

APART = ((SLAVES[0], SLAVES[1]), (MASTER, SLAVES[2]))
TREE = ((SLAVES[0], SLAVES[1]), (SLAVES[1], MASTER), (MASTER, SLAVES[2]))


def of_data_set(patch: Path, *, steps: range = range(1, 9), **stamps: object) -> list[Finding]:
    config = RunConfig(patch.parent, stamps=stamps)
    return list(check_network(take_stock_prepared(patch.parent, config, steps)))


@pytest.mark.parametrize("make", [paired_snap_stack, paired_doris_stack])
def test_images_without_a_path_to_the_reference_image_are_named(tmp_path: Path, make) -> None:
    (found,) = of_data_set(make(tmp_path, APART))
    assert (found.code, found.severity) == ("network-apart", "error")
    assert f"{SLAVES[0]}, {SLAVES[1]} have no path of interferograms to {MASTER}" in found.found
    (found,) = of_data_set(make(tmp_path / "b", APART), steps=range(1, 6))
    assert found.severity == "warning"


def test_dropped_interferograms_take_the_network_apart(tmp_path: Path) -> None:
    patch = paired_doris_stack(tmp_path)
    assert of_data_set(patch) == []
    (found,) = of_data_set(patch, drop_ifg_index=[2, 3, 4])
    assert found.code == "network-apart" and f"{SLAVES[0]}, {SLAVES[1]} have" in found.found
    (found,) = of_data_set(patch, drop_ifg_index=[6])
    assert found.code == "drop-list-wrong" and "interferograms 1 to 5" in found.found
    (found,) = of_data_set(patch, sb_scla_drop_index=[9])
    assert "sb_scla_drop_index: 9 does not exist" in found.found


def test_a_network_without_a_redundant_interferogram_is_noted(tmp_path: Path) -> None:
    (found,) = of_data_set(paired_snap_stack(tmp_path, TREE))
    assert (found.code, found.severity) == ("network-without-loops", "warning")
    assert found.found == "3 interferograms of 4 images"


def test_an_image_of_the_list_that_no_interferogram_has_is_noted(tmp_path: Path) -> None:
    pairs = tuple(pair for pair in PAIRS if SLAVES[0] not in pair)
    found = {item.code: item for item in of_data_set(paired_doris_stack(tmp_path, pairs))}
    assert found["image-unused"].found == SLAVES[0]
    assert "network-apart" not in found


def test_the_network_is_known_from_the_results_of_stage_1(tmp_path: Path) -> None:
    patch = paired_snap_stack(tmp_path, APART)
    stage1_load_initial(patch, RunConfig(patch.parent))
    (patch.parent / "pscphase.in").unlink()
    (found,) = of_data_set(patch)
    assert found.code == "network-apart"


def test_the_network_of_an_export_is_examined_before_it_is_prepared() -> None:
    rasters = tuple(
        Raster(Path("_".join(pair)), (9, 9), "complex float", ">", "interferogram", pair)
        for pair in APART
    )
    export = Export(
        processor="snap", folder=Path("export"), is_small_baseline=True, master=MASTER,
        interferograms=rasters,
    )  # fmt: skip
    (found,) = check_network_of_export(export)
    assert (found.code, found.severity) == ("network-apart", "warning")
    assert SLAVES[1] in found.found

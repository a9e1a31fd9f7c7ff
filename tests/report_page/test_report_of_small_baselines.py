"""The report of a data set of small baselines: pairs where pairs are meant, else images."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from sb_small_examples import write_finished_tree

from pystamps.config import RunConfig
from pystamps.report_page.contents import ReportRequest
from pystamps.report_page.page import write_report_page


@pytest.mark.slow
@pytest.mark.golden
def test_a_report_of_small_baselines_has_all_pages_and_names_pairs_and_images(
    shared_data: Path, tmp_path: Path
):
    root = write_finished_tree(tmp_path)
    write_report_page(RunConfig(root), root / "report.html", ReportRequest())
    text = (root / "report.html").read_text(encoding="utf-8")
    words = re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.S))
    with h5py.File(root / "products" / "ps.h5") as file:
        velocity = file["velocity"][:]
    low, high = np.percentile(velocity, (1, 99))
    assert f"\N{MINUS SIGN}{-low:.1f} … {high:.1f} mm/yr 98 % of the velocities" in words
    assert "4,258 measured points" in words and "(25 of 25)" in words
    assert "Each interferogram is a pair of images with small baselines" in words
    assert "weighted by the noise of the images" in words
    assert "17 2018-04-13 2018-06-12 60" in words  # number, both dates, days between them
    assert "days from the first to the second image" in words
    assert text.count("<img") >= 10

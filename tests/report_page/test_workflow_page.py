"""The first page of Snakemake's report shows the map and the numbers of the points."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from docutils.core import publish_parts
from plotted_trees import write_plotted_tree

from pystamps.report_page.page import short_number
from pystamps.report_page.workflow_page import workflow_page


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plotted_tree(tmp_path_factory.mktemp("first") / "data")


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # docutils renames an argument
def test_numbers_and_map_are_those_of_the_data_set(tree: Path, tmp_path: Path):
    picture = tmp_path / "map.png"
    picture.write_bytes(b"\x89PNG" + bytes(range(256)) * 200)  # longer than a line of docutils
    html = publish_parts(workflow_page(tree, picture), writer_name="html")["body"]
    assert "system-message" not in html
    (address,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert base64.b64decode(address) == picture.read_bytes()
    with h5py.File(tree / "products" / "ps.h5") as file:
        velocity = np.percentile(file["velocity"][:], (1, 50, 99))
        std = np.median(file["velocity_std"][:])
    low, middle, high = map(short_number, velocity)
    for words in (
        "180 points",
        "5 dates",
        f"{low} … {high} mm/yr",
        f"median {middle}",
        f"± {short_number(std)}",
    ):
        assert words in html, words


def test_no_text_of_the_data_set_is_in_it(tree: Path, tmp_path: Path):
    picture = tmp_path / "map.png"
    picture.write_bytes(b"\x89PNG")
    with h5py.File(tree / "products" / "ps.h5", "r+") as file:
        for name, value in file.attrs.items():
            if isinstance(value, str) and name not in ("format", "letters"):
                file.attrs[name] = ".. raw:: html\n\n   <script>alert(1)</script>"
    assert "script" not in workflow_page(tree, picture)

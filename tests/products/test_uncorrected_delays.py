"""Interferograms that a file of delays names as uncorrected, knowingly."""

from __future__ import annotations

import numpy as np
import pytest
from delayed_trees import delayed_tree

from pystamps.errors import ArtifactError
from pystamps.io.mat import write_mat
from pystamps.parameters import Parameters
from pystamps.products.delays import complete_delays

GACOS = Parameters(subtr_tropo=True, tropo_method="a_gacos")


def test_what_the_file_names_as_uncorrected_is_zero_and_anything_else_refused(tmp_path):
    tree = delayed_tree(tmp_path)
    delays = tree.truth.copy()
    delays[:, 4] = np.nan
    write_mat(tree.root / "tca2.mat", {"ph_tropo_gacos": delays})
    with pytest.raises(ArtifactError, match="no delay is known of interferogram 5"):
        complete_delays(tree.root, tree.pixels, GACOS)
    write_mat(tree.root / "tca2.mat", {"ph_tropo_gacos": delays, "ifg_uncorrected": [[5.0]]})
    found = np.asarray(complete_delays(tree.root, tree.pixels, GACOS)[slice(None)])
    np.testing.assert_array_equal(found[:, :4], tree.truth[:, :4])
    assert not found[:, 4].any()
    write_mat(tree.root / "tca2.mat", {"ph_tropo_gacos": delays, "ifg_uncorrected": [[0.5]]})
    with pytest.raises(ArtifactError, match="expected numbers of interferograms"):
        complete_delays(tree.root, tree.pixels, GACOS)


def test_images_of_pairs_without_delay_stay_uncorrected(tmp_path):
    tree = delayed_tree(tmp_path, pairs=[(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5)])
    assert tree.pixels.master_ix not in (4, 5)
    delays = tree.truth.copy()
    delays[:, [4, 5]] = 0
    write_mat(tree.root / "tca_sb2.mat", {"ph_tropo_gacos": delays, "ifg_uncorrected": [[5.0, 6]]})
    of_images = complete_delays(tree.root, tree.pixels, GACOS, of_images=True)
    found = np.asarray(of_images[slice(0, len(delays))])
    expected = tree.phase - tree.phase[:, [tree.pixels.master_ix]]
    np.testing.assert_allclose(found[:, :4], expected[:, :4], atol=1e-4)
    assert not found[:, 4:].any()

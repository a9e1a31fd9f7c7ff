"""Whole cycles by minimum-cost flow: the smallest sum, congruent, and that of snaphu."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, hstack

from pystamps.errors import ExternalProgramError
from pystamps.pipeline.flow_child import solve_by_network_simplex
from pystamps.stages.stage6_congruence import refuse_incongruent
from pystamps.stages.stage6_flow import (
    cycles_of_arcs,
    flow_network,
    integrate_cycles,
    total_cost,
)

TWO_PI = 2 * np.pi


def random_interferogram(seed, shape, *, noise=1.2, largest_offset=150, free=0.1):
    """Noisy phase over a hill, and costs that agree with it more or less."""
    random = np.random.default_rng(seed)
    i, j = np.indices(shape)
    truth = 12 * np.exp(-((i - shape[0] / 2) ** 2 + (j - shape[1] / 2) ** 2) / np.prod(shape) * 4)
    wrapped = np.exp(1j * (truth + noise * random.normal(size=shape))).astype(np.complex64)
    sizes = (shape[0] - 1, shape[1]), (shape[0], shape[1] - 1)
    return wrapped, *(random_costs(random, size, largest_offset, free) for size in sizes)


def random_costs(random, size, largest_offset, free):
    costs = np.empty((*size, 4), dtype=np.int16)
    costs[..., 0] = random.integers(-largest_offset, largest_offset + 1, size)
    costs[..., 1] = random.integers(1, 2000, size)
    costs[..., 2] = 32000
    costs[..., 3] = -32000
    without = random.random(size) < free
    costs[without] = 0, 1, 32000, 1
    return costs


def exact_cost(network, cycles):
    """The sum without cutting quotients to whole numbers; a cycle of a free arc costs one."""
    costs = (200 * cycles + network.offset) ** 2 / network.sigsq
    return float(np.where(network.is_free, np.abs(cycles), costs).sum())


def unwrapped_with(network, wrapped):
    cycles = cycles_of_arcs(network, solve_by_network_simplex)
    return cycles, integrate_cycles(network, cycles, wrapped)


@pytest.mark.parametrize("seed", range(20))
def test_no_other_cycles_of_a_small_grid_cost_less(seed):
    """Every number from -2 to 2 of every cell is tried."""
    wrapped, rows, columns = random_interferogram(seed, (3, 3), noise=2.5, largest_offset=250)
    network = flow_network(wrapped, rows, columns)
    cycles, unwrapped = unwrapped_with(network, wrapped)
    level = np.rint((unwrapped - np.angle(wrapped)) / TWO_PI).astype(int)
    tried = np.array(list(product(range(-2, 3), repeat=8)))
    cells = (np.insert(tried, 0, 0, axis=1) + level.ravel()).reshape(-1, 3, 3)
    phase = np.angle(wrapped.astype(np.complex128)) + TWO_PI * cells
    differences = np.concatenate(
        [np.diff(phase, axis=axis).reshape(len(phase), -1) for axis in (1, 2)], axis=1
    )
    other = np.rint((differences - network.differences) / TWO_PI).astype(int)
    costs = (200 * other + network.offset) ** 2 / network.sigsq
    lowest = np.where(network.is_free, np.abs(other), costs).sum(axis=1).min()
    # costs of flow are rounded to 1/100
    assert exact_cost(network, cycles) <= lowest + 0.01 * len(cycles)


@pytest.mark.parametrize("largest_offset", [90, 700])
def test_the_sum_is_that_of_an_integer_program(largest_offset):
    """Another formulation, by SciPy: 20 units of every arc in each direction, each bounded by 1."""
    wrapped, rows, columns = random_interferogram(
        7, (6, 8), noise=2.5, largest_offset=largest_offset, free=0.2
    )
    network = flow_network(wrapped, rows, columns)
    cycles, _ = unwrapped_with(network, wrapped)
    n_arc, n_node, units = len(network.tail), len(network.supply), 20
    start = np.rint(-network.offset / 200)
    ends = np.concatenate([network.tail, network.head])
    around = coo_array(
        (np.repeat([1.0, -1.0], n_arc), (ends, np.tile(np.arange(n_arc), 2))), (n_node, n_arc)
    ).tocsc()
    blocks, costs = [], []
    for sign in (1, -1):
        for unit in range(units):
            before, after = start + sign * unit, start + sign * (unit + 1)
            rise = [(200 * k + network.offset) ** 2 / network.sigsq for k in (before, after)]
            costs.append(np.where(network.is_free, 1.0, rise[1] - rise[0]))
            blocks.append(sign * eye_array(n_arc))
    wanted = network.supply - around @ start
    found = milp(
        np.concatenate(costs),
        integrality=np.ones(2 * units * n_arc),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(around @ hstack(blocks), wanted, wanted),
    )
    assert found.success
    optimum = found.fun + exact_cost(network, start)
    assert exact_cost(network, cycles) == pytest.approx(optimum, abs=0.01 * n_arc)


@pytest.mark.parametrize("shape", [(40, 31), (1, 30), (30, 1), (2, 2), (1, 1)])
def test_the_result_is_the_phase_and_whole_cycles(shape):
    wrapped, rows, columns = random_interferogram(3, shape, noise=2.0)
    cycles, unwrapped = unwrapped_with(flow_network(wrapped, rows, columns), wrapped)
    assert unwrapped.dtype == np.float32 and unwrapped.shape == shape
    refuse_incongruent(unwrapped, wrapped)
    assert len(cycles) == shape[0] * (shape[1] - 1) + (shape[0] - 1) * shape[1]


def test_without_residues_and_expectation_the_differences_stay_wrapped():
    wrapped, rows, columns = random_interferogram(5, (30, 40), noise=0.0, largest_offset=0, free=0)
    cycles, _ = unwrapped_with(flow_network(wrapped, rows, columns), wrapped)
    assert not cycles.any()


def test_an_arc_may_carry_many_cycles():
    """A fault with expected differences of four cycles: further arcs are added where needed."""
    shape = (12, 12)
    fault = np.where(np.arange(12) < 6, 0.0, 8 * np.pi + 0.4) * np.ones(shape)
    wrapped = np.exp(1j * fault).astype(np.complex64)
    dear = np.array([0, 1, 32000, -32000], dtype=np.int16)
    rows, columns = np.tile(dear, (11, 12, 1)), np.tile(dear, (12, 11, 1))
    columns[:, 5, 1] = 2000
    columns[3:9, 5, :2] = -800, 1  # half of the fault is known
    cycles, unwrapped = unwrapped_with(flow_network(wrapped, rows, columns), wrapped)
    assert np.abs(cycles).max() == 4
    np.testing.assert_allclose(unwrapped, fault, atol=1e-4)


def test_flows_that_keep_no_balance_are_refused():
    wrapped, rows, columns = random_interferogram(3, (10, 10), noise=2.0)
    network = flow_network(wrapped, rows, columns)
    cycles = cycles_of_arcs(network, solve_by_network_simplex)
    cycles[4] += 1
    with pytest.raises(ExternalProgramError, match=r"do not sum up to zero around [12] loops"):
        integrate_cycles(network, cycles, wrapped)


SHARES = {
    "tiny/stages/stage6": 1.0,
    "sb_small/stages/stage6": 1.0,
    "ps_sb/merged/stages/stage6": 1.0,
    "variants/small__raw100_2D/stage6": 0.9995,
    "variants/small__raw100_3D_FULL/stage6": 0.9995,
    "variants/sb_small__raw100_3D_QUICK/stage6": 0.998,
}
"""Cells in the cycle of snaphu, at least; the others are ties: equal sums of costs."""


@pytest.mark.golden
@pytest.mark.parametrize("tree", SHARES)
def test_sums_are_those_of_snaphu_or_lower_and_cycles_the_same_but_for_ties(shared_data, tree):
    same = n_cells = 0
    with np.load(shared_data / tree / "snaphu_costs.npz") as stored:
        for name in (name for name in stored.files if name.startswith("cost_")):
            theirs = stored[name.replace("cost", "unwrapped")]
            wrapped, rows, columns, theirs = in_grid(stored[name], theirs)
            network = flow_network(wrapped, rows, columns)
            cycles, ours = unwrapped_with(network, wrapped)
            steps = [np.diff(theirs.astype(float), axis=axis).ravel() for axis in (0, 1)]
            of_snaphu = np.rint((np.concatenate(steps) - network.differences) / TWO_PI)
            assert total_cost(network, cycles) <= total_cost(network, of_snaphu.astype(np.int64))
            off = np.rint((ours - theirs) / TWO_PI)
            same += np.unique_counts(off).counts.max()
            n_cells += off.size
    assert same / n_cells >= SHARES[tree]


def in_grid(costs, theirs):
    """Shape the files of snaphu; of the two shapes of that size, that of the lower sum."""
    total = (8 * theirs.size - costs.size) // 4  # rows and columns
    root = round(np.sqrt(total**2 - 4 * theirs.size))
    shapes = ((total + root) // 2, (total - root) // 2), ((total - root) // 2, (total + root) // 2)
    return min((shaped(costs, theirs, shape) for shape in shapes), key=sum_of_snaphu)


def shaped(costs, theirs, shape):
    n_i, n_j = shape
    rows, columns = np.split(costs.reshape(-1, 4), [(n_i - 1) * n_j])
    unwrapped = theirs.reshape(shape)
    return (
        np.exp(1j * unwrapped.astype(float)).astype(np.complex64),
        rows.reshape(n_i - 1, n_j, 4),
        columns.reshape(n_i, n_j - 1, 4),
        unwrapped,
    )


def sum_of_snaphu(given):
    wrapped, rows, columns, unwrapped = given
    network = flow_network(wrapped, rows, columns)
    steps = [np.diff(unwrapped.astype(float), axis=axis).ravel() for axis in (0, 1)]
    cycles = np.rint((np.concatenate(steps) - network.differences) / TWO_PI).astype(np.int64)
    return total_cost(network, cycles)


def test_costs_below_a_whole_unit_still_decide():
    """Snaphu cuts every quotient: with a large variance most cycles cost it nothing."""
    shape, variance = (80, 80), 32000
    random = np.random.default_rng(1)
    i, j = np.indices(shape)
    truth = 12 * np.exp(-((i - 40) ** 2 + (j - 40) ** 2) / 400)
    wrapped = np.exp(1j * (truth + 1.2 * random.normal(size=shape))).astype(np.complex64)
    sizes = (shape[0] - 1, shape[1]), (shape[0], shape[1] - 1)
    rows, columns = (np.full((*size, 4), -32000, dtype=np.int16) for size in sizes)
    for axis, costs in enumerate((rows, columns)):
        found = np.angle(np.exp(1j * np.diff(np.angle(wrapped.astype(complex)), axis=axis)))
        offset = (found - np.diff(truth, axis=axis)) * 200 / TWO_PI
        costs[..., 0] = np.rint(-offset if axis == 0 else offset)
        costs[..., 1] = variance
    network = flow_network(wrapped, rows, columns)
    cycles, unwrapped = unwrapped_with(network, wrapped)
    wrong = np.rint((unwrapped - truth) / TWO_PI)
    assert (wrong == np.median(wrong)).mean() > 0.95
    assert total_cost(network, cycles) < 0.02 * exact_cost(network, cycles)

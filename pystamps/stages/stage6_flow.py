"""Stage 6: whole cycles by minimum-cost flow (setting ``tools.unwrapper: graph``).

Every arc of the grid gets the number of cycles that brings its difference closest to the expected
one, all arcs together: the sum of (200 k + offset)^2 / sigsq over the arcs is the smallest that
leaves no cycle around any loop of four cells (Costantini 1998). The costs are those that snaphu is
given, without its cutting of every quotient to a whole number: they are convex, so that a flow in
which every further cycle of an arc is an arc of its own finds the smallest sum exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pystamps.arrays import Float32, Float64
from pystamps.errors import ExternalProgramError

Int64 = NDArray[np.int64]
SolveFlow = Callable[[Int64, Int64, Int64, Int64, Int64], Int64]
"""Gives the flows of arcs for supply of the nodes, and tail, head, capacity and cost of the arcs;
the sum of flow times cost is the smallest."""

_CYCLE = 2 * np.pi
_PER_CYCLE = 200
_NO_LAYOVER = -32000
_FINENESS = 100
"""Costs of flow are whole numbers, in so small a part of the unit of snaphu."""


@dataclass(frozen=True, slots=True)
class FlowNetwork:
    """Loops of four cells as nodes, what is outside as node 0, and an arc across every grid arc.

    Grid arcs between rows come first, in their order, then those between columns. A grid arc turns
    around the loop on its one side and against that on its other side.

    Attributes
    ----------
    tail, head : int64, (n_arc,), nodes around which the arc turns, and against which
    supply : int64, (n_loop + 1,), cycles that the wrapped differences lack around every loop
    differences : float64, (n_arc,), wrapped differences in rad, of rows downwards, of columns to
        the right
    offset : int64, (n_arc,), deviation of the wrapped difference from the expected one, in 1/200
        cycle
    sigsq : int64, (n_arc,), variance in the unit of the costs
    is_free : bool, (n_arc,), arcs without statistics: every cycle costs one unit
    """

    tail: Int64
    head: Int64
    supply: Int64
    differences: Float64
    offset: Int64
    sigsq: Int64
    is_free: NDArray[np.bool_]


def flow_network(
    wrapped: NDArray[np.complex64], row_costs: NDArray[np.int16], column_costs: NDArray[np.int16]
) -> FlowNetwork:
    """Build the network of one interferogram.

    Parameters
    ----------
    wrapped : ndarray of complex64, shape (n_i, n_j)
        Phasors of any length.
    row_costs : ndarray of int16, shape (n_i - 1, n_j, 4)
        As snaphu reads them: offset, sigsq, dzmax, laycost.
    column_costs : ndarray of int16, shape (n_i, n_j - 1, 4)
    """
    n_i, n_j = wrapped.shape
    phase = np.angle(wrapped.astype(np.complex128))
    down, right = (_wrap(np.diff(phase, axis=axis)) for axis in (0, 1))
    around = right[:-1] + down[:, 1:] - right[1:] - down[:, :-1]
    loops = -np.rint(around / _CYCLE).astype(np.int64).ravel()
    # node[i + 1, j + 1] is the loop below and to the right of cell (i, j)
    node = np.zeros((n_i + 1, n_j + 1), dtype=np.int64)
    node[1:-1, 1:-1] = 1 + np.arange(loops.size).reshape(around.shape)
    costs = np.concatenate([row_costs.reshape(-1, 4), column_costs.reshape(-1, 4)]).astype(np.int64)
    # snaphu's flow between rows points the other way (see interferogram_costs)
    turned = np.arange(len(costs)) < down.size
    return FlowNetwork(
        tail=np.concatenate([node[1:-1, :-1].ravel(), node[1:, 1:-1].ravel()]),
        head=np.concatenate([node[1:-1, 1:].ravel(), node[:-1, 1:-1].ravel()]),
        supply=np.concatenate([[-loops.sum()], loops]),
        differences=np.concatenate([down.ravel(), right.ravel()]),
        offset=np.where(turned, -costs[:, 0], costs[:, 0]),
        sigsq=costs[:, 1],
        is_free=costs[:, 3] != _NO_LAYOVER,
    )


def cycles_of_arcs(network: FlowNetwork, solve: SolveFlow) -> Int64:
    """Give the cycles to add to every wrapped difference: those of the smallest sum of costs.

    Parameters
    ----------
    network : FlowNetwork
    solve : callable

    Returns
    -------
    ndarray of int64, shape (n_arc,)
        Every loop sums up to no cycle.

    Notes
    -----
    Flow starts at the cheapest number of every arc alone. Each direction has an arc of the flow per
    cycle, and the last one may carry any number: as it is too cheap for more than one, whoever
    carries more gets further arcs, and the flow is computed again.
    """
    cheapest = np.rint(-network.offset / _PER_CYCLE).astype(np.int64)
    wanted = network.supply - _leaving(network, cheapest)
    if not wanted.any():
        return cheapest
    steps = {sign: np.ones(len(cheapest), dtype=np.int64) for sign in (1, -1)}
    while True:
        beyond = _flow_beyond(network, cheapest, steps, wanted, solve)
        too_cheap = {sign: (sign * beyond > steps[sign]) & ~network.is_free for sign in (1, -1)}
        if not any(where.any() for where in too_cheap.values()):
            return np.asarray(cheapest + beyond)
        for sign, where in too_cheap.items():
            steps[sign][where] = sign * beyond[where] + 1


def _flow_beyond(
    network: FlowNetwork, cheapest: Int64, steps: dict[int, Int64], wanted: Int64, solve: SolveFlow
) -> Int64:
    """Give the cycles beyond the cheapest ones, with so many arcs per direction as ``steps``."""
    arcs, signs, costs, are_last = [], [], [], []
    for sign, n_steps in steps.items():
        for step in range(int(n_steps.max(initial=0))):
            arc = np.flatnonzero(n_steps > step)
            arcs.append(arc)
            signs.append(np.full(arc.size, sign))
            costs.append(_cost_of_one_more(network, arc, cheapest[arc] + sign * step, sign))
            are_last.append(n_steps[arc] == step + 1)
    arc, sign_of = np.concatenate(arcs), np.concatenate(signs)
    tail, head = network.tail[arc], network.head[arc]
    unlimited = int(np.abs(wanted).sum()) + 1
    flow = solve(
        wanted,
        np.where(sign_of > 0, tail, head),
        np.where(sign_of > 0, head, tail),
        np.where(np.concatenate(are_last), unlimited, 1),
        np.concatenate(costs),
    )
    beyond = np.zeros(len(cheapest), dtype=np.int64)
    np.add.at(beyond, arc, flow * sign_of)
    return beyond


def _cost_of_one_more(network: FlowNetwork, arc: Int64, cycles: Int64, sign: int) -> Int64:
    """Give what it costs to go from so many cycles to one more in a direction, at least 0.

    ((200 (k + s) + o)^2 - (200 k + o)^2) / sigsq, with s^2 = 1.
    """
    growth = _PER_CYCLE**2 * (2 * sign * cycles + 1) + 2 * _PER_CYCLE * sign * network.offset[arc]
    costs = np.rint(growth * _FINENESS / network.sigsq[arc]).astype(np.int64)
    return np.where(network.is_free[arc], _FINENESS, costs)


def _leaving(network: FlowNetwork, flow: Int64) -> Int64:
    """Give how much more leaves every node than comes in."""
    leaving = np.zeros(len(network.supply), dtype=np.int64)
    np.add.at(leaving, network.tail, flow)
    np.subtract.at(leaving, network.head, flow)
    return leaving


def integrate_cycles(
    network: FlowNetwork, cycles: Int64, wrapped: NDArray[np.complex64]
) -> Float32:
    """Sum differences and cycles along the first row and down the columns, as snaphu does.

    Parameters
    ----------
    network : FlowNetwork
    cycles : ndarray of int64, shape (n_arc,)
    wrapped : ndarray of complex64, shape (n_i, n_j)

    Returns
    -------
    ndarray of float32, shape (n_i, n_j)
        rad.

    Raises
    ------
    ExternalProgramError
        The cycles depend on the way: the solver has not kept what it was given.
    """
    n_wrong = np.count_nonzero(_leaving(network, cycles) != network.supply)
    if n_wrong:
        raise ExternalProgramError(f"its cycles do not sum up to zero around {n_wrong} loops")
    n_i, n_j = wrapped.shape
    unwrapped = network.differences + _CYCLE * cycles
    down, right = np.split(unwrapped, [(n_i - 1) * n_j])
    phase = np.empty(wrapped.shape)
    phase[0, 0] = np.angle(np.complex128(wrapped[0, 0]))
    phase[0, 1:] = phase[0, 0] + np.cumsum(right[: n_j - 1])
    phase[1:] = phase[0] + np.cumsum(down.reshape(n_i - 1, n_j), axis=0)
    return phase.astype(np.float32)


def total_cost(network: FlowNetwork, cycles: Int64) -> int:
    """Give the sum of costs as snaphu counts it: every arc's cut to a whole number.

    Parameters
    ----------
    network : FlowNetwork
    cycles : ndarray of int64, shape (n_arc,)
    """
    costs = (_PER_CYCLE * cycles + network.offset) ** 2 // network.sigsq
    return int(np.where(network.is_free, cycles != 0, costs).sum())


def _wrap(difference: Float64) -> Float64:
    return np.asarray(difference - _CYCLE * np.rint(difference / _CYCLE))

"""What taking tropospheric phase off does to every interferogram: better, worse, by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.interferograms import Interferograms
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stages.deramp import deramp

BETTER, WORSE, SAME, NO_DELAY = "better", "worse", "same", "no delay"
_SAME_SHARE = 1e-3
"""Change of the standard deviation, as a share of it, that is none."""
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class DelayEffect:
    """One interferogram and one method.

    Attributes
    ----------
    number : int, 1-based, as ``drop_ifg_index`` counts
    date : str, YYYYMMDD of the second image; of small baselines those of both images
    method : str, value of ``tropo_method``
    verdict : str, better, worse, same or no delay
    n_pixel : int, pixels with phase and delay
    before_rad, after_rad : float or None, standard deviation of these pixels
    delay_rad : float or None, standard deviation of the delay itself
    change_percent : float or None, of the standard deviation
    height_correlation_before, height_correlation_after : float or None, of phase and height
    """

    number: int
    date: str
    method: str
    verdict: str
    n_pixel: int
    before_rad: float | None = None
    after_rad: float | None = None
    delay_rad: float | None = None
    change_percent: float | None = None
    height_correlation_before: float | None = None
    height_correlation_after: float | None = None


@dataclass(frozen=True, slots=True)
class DelayEffectTable:
    """All interferograms that are used, and all methods.

    Attributes
    ----------
    rows : tuple of DelayEffect, interferogram by interferogram, methods in their order
    methods : tuple of str
    taken_off : str, method that stages take off; empty where they take none
    is_deramped : bool, a plane was taken off the phase of every interferogram before and after
    """

    rows: tuple[DelayEffect, ...]
    methods: tuple[str, ...]
    taken_off: str = ""
    is_deramped: bool = False

    def of_method(self, method: str) -> tuple[DelayEffect, ...]:
        """Give the rows of a method."""
        return tuple(row for row in self.rows if row.method == method)

    def sentences(self) -> tuple[str, ...]:
        """Say of every method how many interferograms it made better and which ones worse."""
        return tuple(_sentence(method, self.of_method(method)) for method in self.methods)


@dataclass(frozen=True, slots=True)
class CorrectedInterferogram:
    """One interferogram, and the delay of one method.

    Attributes
    ----------
    name : str, number and date
    method : str, value of ``tropo_method``
    lonlat : float, (n_ps, 2), degrees
    before, delay : float, (n_ps,), rad
    height : float, (n_ps,), m, or None
    """

    name: str
    method: str
    lonlat: FloatArray
    before: FloatArray
    delay: FloatArray
    height: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over pixels that turn into standard deviations and correlations, per column."""

    count: Float64
    first: Float64
    second: Float64

    @property
    def covariance(self) -> Float64:
        """Of before, after, delay and height: (n_column, 4, 4)."""
        count = np.maximum(self.count, 2)[:, None, None]
        products = self.first[:, :, None] * self.first[:, None, :]
        return np.asarray((self.second - products / count) / (count - 1))


def delay_effects(
    stack: Interferograms,
    phase: Matrix,
    delays: Mapping[str, Matrix],
    *,
    used: Index,
    without_delay: Mapping[str, Index],
    height: FloatArray | None = None,
    plane_xy: FloatArray | None = None,
    taken_off: str = "",
) -> DelayEffectTable:
    """Compare the spread of every interferogram before and after each correction.

    Parameters
    ----------
    stack : Interferograms
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad.
    delays : mapping of str to Matrix
        Tropospheric phase of each method in rad; phase minus delay is the corrected phase.
    used : ndarray of int64
        Interferograms that are compared.
    without_delay : mapping of str to ndarray of int64
        Interferograms of which a method knows no delay.
    height : ndarray of float, shape (n_ps,), optional
        m.
    plane_xy : ndarray of float, shape (n_ps, 2), optional
        Local coordinates in m: a plane is taken off before and after, so that orbital ramps do not
        hide the effect.
    taken_off : str
        Method that the stages take off.
    """
    found: dict[str, list[DelayEffect]] = {}
    for method, values in delays.items():
        before = _where_both(phase, values)
        after = _difference(phase, values)
        if plane_xy is not None:
            before, after = (deramp(of, plane_xy)[0] for of in (before, after))
        sums = _sums_of(before, after, values, height)
        found[method] = _rows_of_method(stack, method, used, without_delay[method], sums)
    rows = tuple(row for of_ifg in zip(*found.values(), strict=True) for row in of_ifg)
    return DelayEffectTable(rows, tuple(delays), taken_off, plane_xy is not None)


def _where_both(phase: Matrix, delays: Matrix) -> Matrix:
    """Give the phase of the pixels that have a delay too."""

    def give(rows: slice) -> Float64:
        values = phase[rows].astype(np.float64)
        values[np.isnan(delays[rows])] = np.nan
        return values

    return made_from((phase, delays), phase.shape, np.float64, give)


def _difference(phase: Matrix, delays: Matrix) -> Matrix:
    """Give the corrected phase."""

    def give(rows: slice) -> Float64:
        return np.asarray(phase[rows].astype(np.float64) - delays[rows])

    return made_from((phase, delays), phase.shape, np.float64, give)


def _sums_of(before: Matrix, after: Matrix, delays: Matrix, height: FloatArray | None) -> _Sums:
    """Sum values and products of before, after, delay and height, block after block."""
    n_ps, n_column = before.shape
    heights = np.zeros(n_ps) if height is None else np.asarray(height, dtype=np.float64) / 1000
    count, first = np.zeros(n_column), np.zeros((n_column, 4))
    second = np.zeros((n_column, 4, 4))
    for rows in row_blocks(before):
        columns = np.broadcast_to(heights[rows, None], before[rows].shape)
        values = np.stack([before[rows], after[rows], delays[rows], columns])
        is_known = np.isfinite(values).all(axis=0)
        values = np.where(is_known, values, 0.0)
        count += is_known.sum(axis=0)
        first += values.sum(axis=1).T
        second += np.einsum("inc,jnc->cij", values, values)
    return _Sums(count, first, second)


def _rows_of_method(
    stack: Interferograms,
    method: str,
    used: Index,
    unknown: Index,
    sums: _Sums,
) -> list[DelayEffect]:
    """Make the rows of a method, one for each interferogram that is used."""
    covariance = sums.covariance
    std = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    rows = []
    for column in used:
        name, count = stack.name_of(column), int(sums.count[column])
        if column in unknown or count < 2:
            rows.append(DelayEffect(name.number, name.date, method, NO_DELAY, count))
            continue
        before, after, delay = (float(value) for value in std[column, :3])
        of_height = [_correlation(covariance[column], std[column], k) for k in (0, 1)]
        change = 100 * (after / before - 1) if before else None
        verdict = _verdict(before, after)
        rows.append(
            DelayEffect(
                name.number, name.date, method, verdict, count, before, after, delay, change,
                of_height[0], of_height[1],
            )
        )  # fmt: skip
    return rows


def _correlation(covariance: Float64, std: Float64, k: int) -> float | None:
    size = float(std[k] * std[3])
    return float(covariance[k, 3]) / size if size else None  # without heights they are all 0


def _verdict(before: float, after: float) -> str:
    if abs(after - before) <= _SAME_SHARE * before:
        return SAME
    return BETTER if after < before else WORSE


def _sentence(method: str, rows: Sequence[DelayEffect]) -> str:
    """Say what a method did, and where it made things worse."""
    by_verdict = {
        verdict: [row for row in rows if row.verdict == verdict]
        for verdict in (BETTER, SAME, WORSE, NO_DELAY)
    }
    known = [row for row in rows if row.verdict != NO_DELAY]
    if not known:
        return f"{method}: no delay is known of any interferogram"
    before = _rms([row.before_rad for row in known])
    after = _rms([row.after_rad for row in known])
    words = [
        f"{method}: {len(by_verdict[BETTER])} of {len(rows)} interferograms have less spread "
        f"({before:.2f} rad before, {after:.2f} after, rms)"
    ]
    if by_verdict[SAME]:
        words.append(f"{len(by_verdict[SAME])} the same")
    words.append(_worse_in_words(by_verdict[WORSE]))
    if by_verdict[NO_DELAY]:
        words.append(f"no delay is known of {_names(by_verdict[NO_DELAY])}")
    return "; ".join(words)


def _rms(values: Sequence[float | None]) -> float:
    return float(np.sqrt(np.mean(np.square([value or 0.0 for value in values]))))


def _worse_in_words(rows: Sequence[DelayEffect]) -> str:
    if not rows:
        return "none became worse"
    worst = sorted(rows, key=lambda row: -(row.change_percent or 0.0))
    return f"{len(rows)} became worse: {_names(worst, with_change=True)}"


def _names(rows: Sequence[DelayEffect], *, with_change: bool = False) -> str:
    """Give numbers and dates, of many only the first ones."""
    shown = [
        f"{row.number} ({row.date})" + (f" +{row.change_percent:.0f} %" if with_change else "")
        for row in rows[:_MOST_NAMED]
    ]
    more = len(rows) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")

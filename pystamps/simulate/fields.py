"""Random fields on a grid that is never larger than a scene needs, and their interpolation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float32, Float64, FloatArray, Index

Positions = npt.NDArray[np.integer[Any]] | npt.NDArray[np.floating[Any]]
"""Lines or samples of pixels, whole or with fractions."""

MOST_NODES = 1 << 20
"""Nodes of a field; the fields of a larger scene are coarser and interpolated."""


@dataclass(frozen=True, slots=True)
class FieldGrid:
    """Nodes on which random fields are made.

    Attributes
    ----------
    lines, samples : int
        Size of the image.
    row_step, column_step : int
        Lines and samples from node to node; 1 and 1 = every pixel is a node.
    spacing_m : tuple of float
        Distance of rows and columns of nodes on the ground.
    """

    lines: int
    samples: int
    row_step: int
    column_step: int
    spacing_m: tuple[float, float]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of nodes; the last ones lie at or beyond the last pixel."""
        return (
            -(-(self.lines - 1) // self.row_step) + 1,
            -(-(self.samples - 1) // self.column_step) + 1,
        )

    def at(self, nodes: FloatArray, line: Positions, sample: Positions) -> Float32:
        """Interpolate bilinearly at pixels, or at any position (fractions of pixels).

        Parameters
        ----------
        nodes : float, (..., :attr:`shape`)
            Any number of fields, each of which has a value at every position.
        line, sample : numbers of any shapes that broadcast against each other
            Positions outside the scene take the value at its edge.
        """
        row, down = _cell(line, self.row_step, self.shape[0])
        column, across = _cell(sample, self.column_step, self.shape[1])
        if row.ndim == 2 and row.shape[1] == 1 and column.shape == (1, column.size):
            return _separable(nodes, (row[:, 0], down), (column[0], across))
        next_row = np.minimum(row + 1, self.shape[0] - 1)
        next_column = np.minimum(column + 1, self.shape[1] - 1)
        values = nodes.reshape(*nodes.shape[:-2], -1)

        def at_node(row: Index, column: Index) -> FloatArray:
            return values.take(row * self.shape[1] + column, axis=-1)

        if not (down.any() or across.any()):
            return np.asarray(at_node(row, column), dtype=np.float32)
        upper = at_node(row, column) * (1 - across) + at_node(row, next_column) * across
        lower = at_node(next_row, column) * (1 - across) + at_node(next_row, next_column) * across
        return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def field_grid(
    size: tuple[int, int], spacing_m: tuple[float, float], *, most_nodes: int = MOST_NODES
) -> FieldGrid:
    """Give the grid of a scene: every pixel, or nodes about equally far apart on the ground.

    Parameters
    ----------
    size : tuple of int
        Lines and samples.
    spacing_m : tuple of float
        Distance of lines and of samples on the ground.
    most_nodes : int
    """
    (lines, samples), (down, across) = size, spacing_m
    steps = (1, 1)
    if lines * samples > most_nodes:
        distance = math.sqrt(lines * down * samples * across / most_nodes)
        steps = (max(1, math.ceil(distance / down)), max(1, math.ceil(distance / across)))
    return FieldGrid(lines, samples, *steps, (down * steps[0], across * steps[1]))


def power_law_field(
    shape: tuple[int, int],
    spacing: tuple[float, float],
    exponent: float,
    *,
    generator: np.random.Generator,
) -> Float64:
    """Give an isotropic Gaussian random field, mean 0 and standard deviation 1.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    spacing : tuple of float
        Distance of rows and of columns in m.
    exponent : float
        The two-dimensional power spectral density falls with wavenumber to this power.
    generator : numpy.random.Generator

    Notes
    -----
    White noise is filtered in the wavenumber domain on an area twice as wide and high, so
    that opposite edges are not alike. Hanssen (2001), Radar Interferometry, section 4.7, for
    the spectrum of the atmospheric delay.
    """
    padded = _padded(shape)
    wavenumber = np.sqrt(_wavenumber_squared(padded, spacing))
    wavenumber[0, 0] = np.inf
    return _filtered_noise(shape, padded, wavenumber ** (-exponent / 2), generator)


def smooth_field(
    shape: tuple[int, int],
    spacing: tuple[float, float],
    length: float,
    *,
    generator: np.random.Generator,
) -> Float64:
    """Give a Gaussian random field without detail below a length (m), mean 0, deviation 1."""
    padded = _padded(shape)
    weight = np.exp(-0.5 * (np.pi * length) ** 2 * _wavenumber_squared(padded, spacing))
    return _filtered_noise(shape, padded, weight, generator)


def _padded(shape: tuple[int, int]) -> tuple[int, int]:
    import scipy.fft

    rows, columns = (scipy.fft.next_fast_len(2 * size, real=True) for size in shape)
    return rows, columns


def _wavenumber_squared(padded: tuple[int, int], spacing: tuple[float, float]) -> Float64:
    rows = np.fft.fftfreq(padded[0], spacing[0])[:, None]
    columns = np.fft.rfftfreq(padded[1], spacing[1])[None, :]
    return np.asarray(rows**2 + columns**2, dtype=np.float64)


def _filtered_noise(
    shape: tuple[int, int],
    padded: tuple[int, int],
    weight: Float64,
    generator: np.random.Generator,
) -> Float64:
    import scipy.fft

    spectrum = scipy.fft.rfft2(generator.standard_normal(padded))
    spectrum *= weight
    field = scipy.fft.irfft2(spectrum, s=padded)[: shape[0], : shape[1]]
    field = field - field.mean()
    return np.asarray(field / max(float(field.std()), 1e-300), dtype=np.float64)


def _cell(position: Positions, step: int, count: int) -> tuple[Index, Float32]:
    """Give the node before a position and the fraction of the way to the next one."""
    place = np.clip(np.asarray(position) / step, 0, count - 1)
    node = np.floor(place).astype(np.int64)
    return node, (place - node).astype(np.float32)


def _separable(
    nodes: FloatArray, rows: tuple[Index, Float32], columns: tuple[Index, Float32]
) -> Float32:
    """Interpolate on a rectangle: rows first, then columns."""
    (row, down), (column, across) = rows, columns
    if not down.any():
        between = nodes[row]
    else:
        following = np.minimum(row + 1, nodes.shape[0] - 1)
        between = nodes[row] * (1 - down) + nodes[following] * down
    if not across.any():
        return np.asarray(between[:, column], dtype=np.float32)
    following = np.minimum(column + 1, nodes.shape[1] - 1)
    result = between[:, column] * (1 - across) + between[:, following] * across
    return np.asarray(result, dtype=np.float32)

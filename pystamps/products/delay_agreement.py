"""Tropospheric phase that is subtracted, against the atmosphere of a simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, Index


@dataclass(frozen=True, slots=True)
class DelayAgreement:
    """Spread of the true atmosphere in space, and of what the delays leave of it.

    Attributes
    ----------
    dates : tuple of int
        YYYYMMDD of the images without the reference image.
    before_rad, after_rad : tuple of float
        Standard deviation over the scatterers of the atmosphere of the image less that of the
        reference image, and of the same less the tropospheric phase.
    median_before_rad, median_after_rad : float
    worse : tuple of int
        Dates that have more spread after than before.
    """

    dates: tuple[int, ...]
    before_rad: tuple[float, ...]
    after_rad: tuple[float, ...]
    median_before_rad: float
    median_after_rad: float
    worse: tuple[int, ...]

    def lines(self) -> list[str]:
        """Give the result as lines for people."""
        found = [
            f"troposphere    {self.median_before_rad:.2f} rad before, {self.median_after_rad:.2f} "
            f"rad after the delays are taken off (median of {len(self.dates)} images)"
        ]
        if self.worse:
            found.append(f"  worse after: {', '.join(map(str, self.worse))}")
        return found


def delay_agreement(
    delays: Float64, atmosphere: Float64, dates: tuple[int, ...], columns: Index
) -> DelayAgreement:
    """Compare tropospheric phase with the true atmosphere.

    Parameters
    ----------
    delays, atmosphere : ndarray of float64, shape (n, n_image)
        rad at the scatterers, relative to the reference image; corrected phase = phase - delays.
    dates : tuple of int
        Of the images.
    columns : ndarray of int64
        Images whose delay is known, the reference image not among them.
    """
    before = np.nanstd(atmosphere[:, columns], axis=0)
    after = np.nanstd(atmosphere[:, columns] - delays[:, columns], axis=0)
    shown = tuple(dates[column] for column in columns)
    return DelayAgreement(
        dates=shown,
        before_rad=tuple(before.tolist()),
        after_rad=tuple(after.tolist()),
        median_before_rad=float(np.median(before)),
        median_after_rad=float(np.median(after)),
        worse=tuple(date for date, b, a in zip(shown, before, after, strict=True) if a > b),
    )

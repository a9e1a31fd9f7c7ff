"""Deformation of a scene: where the ground moves (sources) and when (time functions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pystamps.errors import ParameterError
from pystamps.simulate.checks import at_least, one_of

TIME_KINDS = ("linear", "seasonal", "step", "exponential", "logarithmic")


@dataclass(frozen=True, slots=True)
class TimeFunction:
    """When a source moves; a source's amplitude is multiplied by it.

    Attributes
    ----------
    kind : str
        linear (years), seasonal (sine of one year), step (0 before the date, 1 from it on),
        exponential (1 - exp(-t / days) after the date), logarithmic (ln(1 + t / days) after it).
    date : date or None
        Of the step, of the beginning, or where the sine crosses zero upward; None = the
        reference image.
    days : float
        Time constant of exponential and logarithmic.
    """

    kind: str = "linear"
    date: date | None = None
    days: float = 90.0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        one_of(self, "time.", "kind", TIME_KINDS)
        at_least(self, "time.", 0, "days", exclusive=True)


@dataclass(frozen=True, slots=True)
class Bowl:
    """An elliptical Gaussian in the line of sight.

    Attributes
    ----------
    centre : tuple of float
        Position as a fraction of the samples and of the lines.
    radius_m : tuple of float
        Standard deviation on the ground in range and azimuth.
    amplitude_mm : float
        Motion toward the satellite at the centre, mm (linear in time: mm per year).
    time : TimeFunction
    """

    centre: tuple[float, float]
    radius_m: tuple[float, float]
    amplitude_mm: float
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "deformation.", 0, "radius_m", exclusive=True)


@dataclass(frozen=True, slots=True)
class Mogi:
    """A point of volume change in an elastic half-space.

    Attributes
    ----------
    centre : tuple of float
        Position as a fraction of the samples and of the lines.
    depth_m : float
    volume_m3 : float
        Positive = inflation (linear in time: per year).
    poisson : float
    time : TimeFunction
    """

    centre: tuple[float, float]
    depth_m: float
    volume_m3: float
    poisson: float = 0.25
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "deformation.", 0, "depth_m", exclusive=True)
        at_least(self, "deformation.", 0, "poisson")


@dataclass(frozen=True, slots=True)
class Fault:
    """A rectangular dislocation in an elastic half-space (Okada, 1985).

    Attributes
    ----------
    centre : tuple of float
        Middle of the upper edge, as a fraction of the samples and of the lines.
    strike_deg, dip_deg : float
        Clockwise from north, the fault dipping to the right; down from the horizontal.
    length_m, width_m : float
        Along strike and down dip.
    depth_m : float
        Of the upper edge.
    strike_slip_m, dip_slip_m, opening_m : float
        Left-lateral, reverse and tensile parts (linear in time: per year).
    poisson : float
    time : TimeFunction
    """

    centre: tuple[float, float]
    strike_deg: float
    dip_deg: float
    length_m: float
    width_m: float
    depth_m: float
    strike_slip_m: float = 0.0
    dip_slip_m: float = 0.0
    opening_m: float = 0.0
    poisson: float = 0.25
    time: TimeFunction = TimeFunction("step")

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "deformation.", 0, "length_m", "width_m", exclusive=True)
        at_least(self, "deformation.", 0, "depth_m", "poisson")
        if not 0 < self.dip_deg <= 90:
            raise ParameterError(
                f"scene: deformation.dip_deg={self.dip_deg}, expected 0 < dip <= 90; change it"
            )


@dataclass(frozen=True, slots=True)
class ScrewFault:
    """A locked vertical strike-slip fault that creeps below a depth (infinite screw dislocation).

    Attributes
    ----------
    centre : tuple of float
        A point of the fault trace, as a fraction of the samples and of the lines.
    strike_deg : float
        Clockwise from north.
    locking_depth_m : float
    slip_m : float
        Left-lateral slip below the locking depth (linear in time: per year).
    time : TimeFunction
    """

    centre: tuple[float, float]
    strike_deg: float
    locking_depth_m: float
    slip_m: float
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        at_least(self, "deformation.", 0, "locking_depth_m", exclusive=True)


Source = Bowl | Mogi | Fault | ScrewFault

SOURCE_KINDS: dict[str, type[Source]] = {
    "bowl": Bowl,
    "mogi": Mogi,
    "fault": Fault,
    "screw_fault": ScrewFault,
}
"""Names of the sources in a scene file."""

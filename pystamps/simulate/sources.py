"""Deformation of a scene: where the ground moves (sources) and when (time functions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pystamps.config.setting import POSITIVE, needed_setting, setting
from pystamps.simulate.checks import refuse_outside_limits

TIME_KINDS = ("linear", "seasonal", "step", "exponential", "logarithmic")
_FRACTIONS = "as a fraction of the samples and of the lines."
_PER_YEAR = "linear in time: per year"


@dataclass(frozen=True, slots=True)
class TimeFunction:
    """When a source moves; a source's amplitude is multiplied by it."""

    kind: str = setting(
        "linear",
        "linear (years), seasonal (sine of one year), step (0 before the date, 1 from it on), "
        "exponential (1 - exp(-t / days) after the date), logarithmic (ln(1 + t / days) after it).",
        choices=TIME_KINDS,
    )
    date: date | None = setting(
        None,
        "Day of the step, of the beginning, or where the sine crosses zero upward; null = that of "
        "the reference image.",
    )
    days: float = setting(
        90.0, "Time constant of exponential and logarithmic.", unit="days", **POSITIVE
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "time.")


@dataclass(frozen=True, slots=True)
class Bowl:
    """An elliptical Gaussian in the line of sight."""

    centre: tuple[float, float] = needed_setting(f"Position {_FRACTIONS}")
    radius_m: tuple[float, float] = needed_setting(
        "Standard deviation on the ground in range and azimuth.", unit="m", **POSITIVE
    )
    amplitude_mm: float = needed_setting(
        f"Motion toward the satellite at the centre ({_PER_YEAR}).", unit="mm"
    )
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "deformation.")


@dataclass(frozen=True, slots=True)
class Mogi:
    """A point of volume change in an elastic half-space."""

    centre: tuple[float, float] = needed_setting(f"Position {_FRACTIONS}")
    depth_m: float = needed_setting("Depth of the point.", unit="m", **POSITIVE)
    volume_m3: float = needed_setting(
        f"Change of volume, positive = inflation ({_PER_YEAR}).", unit="m3"
    )
    poisson: float = setting(0.25, "Poisson's ratio of the half-space.", minimum=0)
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "deformation.")


@dataclass(frozen=True, slots=True)
class Fault:
    """A rectangular dislocation in an elastic half-space (Okada, 1985)."""

    centre: tuple[float, float] = needed_setting(f"Middle of the upper edge, {_FRACTIONS}")
    strike_deg: float = needed_setting(
        "Strike, clockwise from north; the fault dips to the right.", unit="deg"
    )
    dip_deg: float = needed_setting(
        "Dip, down from the horizontal.",
        unit="deg",
        **POSITIVE,
        maximum=90,
    )
    length_m: float = needed_setting("Length along strike.", unit="m", **POSITIVE)
    width_m: float = needed_setting("Width down dip.", unit="m", **POSITIVE)
    depth_m: float = needed_setting("Depth of the upper edge.", unit="m", minimum=0)
    strike_slip_m: float = setting(0.0, f"Left-lateral slip ({_PER_YEAR}).", unit="m")
    dip_slip_m: float = setting(0.0, f"Reverse slip ({_PER_YEAR}).", unit="m")
    opening_m: float = setting(0.0, f"Opening ({_PER_YEAR}).", unit="m")
    poisson: float = setting(0.25, "Poisson's ratio of the half-space.", minimum=0)
    time: TimeFunction = TimeFunction("step")

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "deformation.")


@dataclass(frozen=True, slots=True)
class ScrewFault:
    """A vertical strike-slip fault that creeps below a depth (infinite screw dislocation)."""

    centre: tuple[float, float] = needed_setting(f"A point of the fault trace, {_FRACTIONS}")
    strike_deg: float = needed_setting("Strike, clockwise from north.", unit="deg")
    locking_depth_m: float = needed_setting(
        "Depth above which the fault is locked.", unit="m", **POSITIVE
    )
    slip_m: float = needed_setting(
        f"Left-lateral slip below the locking depth ({_PER_YEAR}).", unit="m"
    )
    time: TimeFunction = TimeFunction()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "deformation.")


Source = Bowl | Mogi | Fault | ScrewFault

SOURCE_KINDS: dict[str, type[Source]] = {
    "bowl": Bowl,
    "mogi": Mogi,
    "fault": Fault,
    "screw_fault": ScrewFault,
}
"""Names of the sources in a scene file."""

"""What real stacks have and the plain scene lacks; every part is off unless it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.config.setting import POSITIVE, setting
from pystamps.simulate.checks import refuse_outside_limits

_OFF = "0 = off."


@dataclass(frozen=True, slots=True)
class Disturbances:
    """Delays that are not white in time, drifting orbits, scatterers that move alone."""

    seasonal_stratified_rad_per_km: float = setting(
        0.0,
        "Delay proportional to height that comes back every year, largest in the hottest week "
        f"(amplitude); {_OFF}",
        unit="rad/km",
        minimum=0,
    )
    turbulence_memory_days: float = setting(
        0.0,
        "Time in which the turbulent delay loses 63 % of its correlation from image to image; "
        "0 = images are independent.",
        unit="days",
        minimum=0,
    )
    front_share: float = setting(
        0.0,
        f"Probability that a weather front lies in an image; {_OFF}",
        minimum=0,
        maximum=1,
    )
    front_rad: float = setting(
        3.0,
        "Standard deviation over the fronts of the step of the delay from one side to the other.",
        unit="rad",
        minimum=0,
    )
    front_width_m: float = setting(
        1500.0, "Distance in which 76 % of the step of a front happen.", unit="m", **POSITIVE
    )
    ramp_drift_rad_yr: float = setting(
        0.0,
        "Standard deviation of a trend in time of the orbital phase plane, edge to edge, in each "
        f"direction; {_OFF}",
        unit="rad/yr",
        minimum=0,
    )
    thermal_expansion_ppm_k: float = setting(
        0.0,
        "Thermal expansion of what stands between the elevation model and a scatterer above it "
        f"(steel and concrete: 12); {_OFF}",
        unit="1e-6/K",
        minimum=0,
    )
    temperature_amplitude_k: float = setting(
        10.0, "Amplitude of the temperature over a year.", unit="K", minimum=0
    )
    temperature_std_k: float = setting(
        3.0, "Standard deviation of the temperature about that of the season.", unit="K", minimum=0
    )
    movers_share: float = setting(
        0.0, f"Part of the scatterers that move alone; {_OFF}", minimum=0, maximum=1
    )
    mover_mm_yr: float = setting(
        10.0, "Velocity of those, toward or away from the satellite.", unit="mm/yr", minimum=0
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        refuse_outside_limits(self, "disturbances.")

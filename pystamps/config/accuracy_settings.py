"""Settings of the accuracy modes: results better than the original's, beside the original's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pystamps.config.setting import setting

NAMED_SETS: dict[str, dict[str, str]] = {
    "none": {},
    "stepwise": {"unwrap_model": "cycles", "orbit_plane": "combined", "scn_trend": "remove"},
    "accurate": {
        "unwrap_model": "arcs",
        "orbit_plane": "combined",
        "estimation": "bands",
        "scn_trend": "remove",
        "series": "collocation",
        "uncertainty": "posterior",
    },
}
"""Named sets of the options: values of those that are left at what StaMPS does."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Settings of the accuracy modes (docs/accuracy_modes.md): as StaMPS, or better."""

    preset: str = setting(
        "none",
        "Named set: accurate = what `--accurate` asks of `pystamps run`, a model before a second "
        "unwrapping, estimates in bands of scale, collocation and standard deviations of all "
        "results; stepwise = the steps of StaMPS with corrected cycles, another plane and the "
        "trend off, also for few images. Options beside it that are not at their defaults keep "
        "their values.",
        choices=tuple(NAMED_SETS),
    )
    unwrap_model: str = setting(
        "off",
        "Stage 6: a model of velocity and height in the unwrapping; cycles = whole cycles of "
        "pixels against their neighbours are corrected after it, arcs = the model of the arcs "
        "between pixels is taken off before it; off = StaMPS.",
        choices=("off", "cycles", "arcs"),
    )
    orbit_plane: str = setting(
        "interferogram",
        "Plane that is taken off the velocity for orbit: interferogram = of every interferogram "
        "over all pixels, as StaMPS does (letter o); none; combined = of the pixels that do not "
        "move, the share of it that the planes of the images allow.",
        choices=("interferogram", "none", "combined"),
    )
    estimation: str = setting(
        "stepwise",
        "Velocity and height: stepwise = look-angle error, then velocity (StaMPS); joint = both at "
        "once by least squares; bands = both by bands of scale, weighed with their noise.",
        choices=("stepwise", "joint", "bands"),
    )
    scn_trend: str = setting(
        "keep",
        "Series: remove = the straight line of every pixel is taken off before the high-pass of "
        "stage 8 and put back after it; keep = the high-pass takes part of it (StaMPS).",
        choices=("keep", "remove"),
    )
    series: str = setting(
        "stepwise",
        "Series: stepwise = what the filter of stage 8 leaves; collocation = motion, atmosphere "
        "and noise told apart by their covariance in time.",
        choices=("stepwise", "collocation"),
    )
    uncertainty: str = setting(
        "none",
        "Standard deviations: none = of the velocity, as the estimation gives it; posterior = of "
        "look-angle error (with estimation joint or bands) and displacement (with series "
        "collocation) too.",
        choices=("none", "posterior"),
    )
    long_wave_motion: str = setting(
        "possible",
        "Whether the whole scene may move as a plane: possible = the standard deviation of the "
        "velocity holds that the plane taken off may have been motion; absent = it is known to be "
        "orbit.",
        choices=("possible", "absent"),
    )

    @property
    def modes(self) -> Accuracy:
        """The options in force: those of the preset where nothing else is said."""
        usual = Accuracy()
        meant = {
            name: value
            for name, value in NAMED_SETS[self.preset].items()
            if getattr(self, name) == getattr(usual, name)
        }
        return replace(self, preset="none", **meant)

    @property
    def is_on(self) -> bool:
        """Whether results beside those of StaMPS are wanted."""
        return self.modes != Accuracy()

    @property
    def has_own_phase(self) -> bool:
        """Whether the phase is another than that of stage 6 of StaMPS."""
        return self.modes.unwrap_model != "off"

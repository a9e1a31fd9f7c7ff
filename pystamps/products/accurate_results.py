"""Results of the accuracy modes that belong to the results beside them.

They stay when a later run does not ask for them: what was made from other files or parameters than
those of now is left out, and the reason is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pystamps.config import Accuracy
from pystamps.io.artifacts import artifact_name, read_artifact, read_rows, sizes_of
from pystamps.io.checksums import has_same_content
from pystamps.io.stage_records import (
    StageWarning,
    recorded_settings,
    stage_record,
    stage_warnings,
)
from pystamps.model import AccuratePhase, AccurateSeries, AccurateVelocity, Pixels
from pystamps.parameters import (
    Parameters,
    default_parameters,
    parameter_table,
    stamps_names_of_stage,
)
from pystamps.rows import Matrix
from pystamps.stage_table import ACCURATE, ACCURATE_PHASE, ARC_CYCLES, Stage

REMEDY = "run with the accuracy modes again"
VELOCITY_FILE = artifact_name(AccurateVelocity)

_CYCLES, _PHASE, VELOCITY, SERIES = ACCURATE
_STACK = "ps2.mat"


@dataclass(frozen=True, slots=True)
class AccurateResults:
    """What the accuracy modes have made of a data set.

    Attributes
    ----------
    modes : Accuracy
        The options in force when the velocity was made.
    velocity : AccurateVelocity
    displacement : Matrix of float32, (n_ps, n_image), mm, or None
    ph_uw : Matrix of float32, (n_ps, n_image), rad, or None
        Unwrapped phase, where the modes have one of their own.
    left_out : tuple of str
        Files that do not belong to these results, and why.
    warnings : tuple of str
        What the modes have warned of: where they may harm, or have switched themselves off.
    """

    modes: Accuracy
    velocity: AccurateVelocity
    displacement: Matrix | None
    ph_uw: Matrix | None
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def modes_in_words(self) -> str:
        """Say which options differ from StaMPS."""
        return words_of_modes(self.modes)


def accurate_results(
    root: Path, pixels: Pixels, parameters: Parameters
) -> AccurateResults | str | None:
    """Read what the accuracy modes have made, as far as it belongs to the results of now.

    Parameters
    ----------
    root : Path
        Root of the data set.
    pixels : Pixels
        Of ``ps2.mat``.
    parameters : Parameters

    Returns
    -------
    AccurateResults, str or None
        The reason, where the velocity does not belong to these results; None where there is none.
    """
    if not (root / VELOCITY_FILE).is_file():
        return None
    now = _settings_of(parameters)
    reason = reason_against(root, VELOCITY, now)
    if reason:
        return reason
    modes, sizes = recorded_modes(root), sizes_of(pixels, root / _STACK)
    left_out = []
    series = root / artifact_name(AccurateSeries)
    displacement = None
    if series.is_file():
        reason = reason_against(root, SERIES, now)
        if reason:
            left_out.append(reason)
        else:
            displacement = read_rows(AccurateSeries, "displacement", series, sizes)
    return AccurateResults(
        modes,
        read_artifact(AccurateVelocity, root / VELOCITY_FILE, sizes=sizes),
        displacement,
        read_rows(AccuratePhase, "ph_uw", root / ACCURATE_PHASE, sizes)
        if modes.unwrap_model != "off"
        else None,
        tuple(left_out),
        tuple(
            item.text
            for item in warnings_of_modes(stage_warnings(root), modes)
            if item.stage != SERIES.name or displacement is not None
        ),
    )


def warnings_of_modes(
    warnings: Iterable[StageWarning], modes: Accuracy
) -> tuple[StageWarning, ...]:
    """Give those of the stages that these options take, in their order."""
    unused = {"off": (_CYCLES, _PHASE), "arcs": ()}.get(modes.unwrap_model, (_CYCLES,))
    names = [stage.name for stage in ACCURATE if stage not in unused]
    found = (item for item in warnings if item.stage in names)
    return tuple(sorted(found, key=lambda item: names.index(item.stage)))


def reason_against(root: Path, stage: Stage, now: Mapping[str, str]) -> str:
    """Say why the file of a stage of the modes does not belong to the results of now; else empty.

    Parameters
    ----------
    root : Path
    stage : Stage
        One of :data:`~pystamps.stage_table.ACCURATE`.
    now : mapping of str to str
        Parameters of now that differ from their defaults, as records spell them.
    """
    (name,) = stage.outputs
    settings = recorded_settings(root, stage.name, "", (name,))
    record = stage_record(root, stage.name, "")
    if settings is None or record is None:
        return f"{name}: no record says what it was made from; {REMEDY}"
    unwrap_model = _modes_of(settings).unwrap_model
    read = stage.in_accuracy(unwrap_model).optional_inputs
    for item, state in sorted(record.inputs.items()):
        if item in (ARC_CYCLES, ACCURATE_PHASE) and item not in read:
            continue  # it lay there and was not read
        path = root / item
        if not path.is_file() or not has_same_content(path, state):
            return f"{name}: made from another {item} than the one that is there; {REMEDY}"
    changed = [key for key in _parameters_of(stage) if settings.get(key) != now.get(key)]
    if changed:
        return f"{name}: made with another {', '.join(changed)}; {REMEDY}"
    before = {_PHASE.name: _CYCLES if unwrap_model == "arcs" else None, _CYCLES.name: None}
    made_from = before.get(stage.name, _PHASE if unwrap_model != "off" else None)
    return "" if made_from is None else reason_against(root, made_from, now)


def words_of_modes(modes: Accuracy) -> str:
    """Say which options of the modes differ from StaMPS."""
    usual = Accuracy()
    return ", ".join(
        f"{item.name} {getattr(modes, item.name)}"
        for item in fields(Accuracy)
        if getattr(modes, item.name) != getattr(usual, item.name)
    )


def recorded_modes(root: Path) -> Accuracy:
    """Give the options in force when the velocity was made."""
    return _modes_of(recorded_settings(root, VELOCITY.name, "", VELOCITY.outputs) or {})


def _modes_of(settings: Mapping[str, str]) -> Accuracy:
    """Give the options in force of a record; those of another version are passed over."""
    known = {item.name for item in fields(Accuracy)}
    named = (key.partition("accuracy.")[2] for key in settings)
    given = {name: settings[f"accuracy.{name}"] for name in named if name in known}
    return Accuracy(**given).modes


def _parameters_of(stage: Stage) -> tuple[str, ...]:
    """Give the names of the parameters that a stage depends on."""
    of_step = () if stage.parameter_stage is None else stamps_names_of_stage(stage.parameter_stage)
    return tuple(dict.fromkeys((*stage.parameters, *of_step)))


def _settings_of(parameters: Parameters) -> dict[str, str]:
    """Give the parameters that differ from their defaults, as records spell them."""
    usual = default_parameters(small_baseline=parameters.small_baseline_flag)
    values = {
        name: (repr(getattr(parameters, field)), repr(getattr(usual, field)))
        for name, field, _, _ in parameter_table()
    }
    return {name: value for name, (value, default) in values.items() if value != default}

"""What each stage can do, and what shows it: the registry behind ``pystamps coverage``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pystamps.audit.evidence import StageEvidence, read_evidence
from pystamps.audit.fingerprint import code_of_stage, stage_fingerprint
from pystamps.legacy import planned_forms
from pystamps.stage_table import MODES, PREPARATION, STAGES, Mode, Scope, Stage
from pystamps_kernels import BACKENDS, backends_of

Readiness = Literal["planned", "implemented", "parity-certified"]

_SMALL_BASELINES = MODES[1]
_CHAIN = (PREPARATION, *(stage for stage in STAGES if not stage.is_product))


@dataclass(frozen=True, slots=True)
class KernelCoverage:
    """A kernel that a stage may run.

    Attributes
    ----------
    name : str
    backends : tuple of str
        Those that run on this machine.
    missing : mapping
        Those that the kernel has and this machine cannot run, with the reason.
    """

    name: str
    backends: tuple[str, ...]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StageCoverage:
    """What is known about one stage in one mode, or about a form of StaMPS that is not there.

    Attributes
    ----------
    stage : str
        Name of its rule; empty where no stage of pySTAMPS stands for it.
    step : int or None
        Number of the stage in StaMPS; None for products that are not there.
    scope : str
        patch or merged (root of the data set).
    mode : str
        single reference or small baselines.
    form : str
        Form that is not there, in words ("kriging"); empty for the stage itself.
    title : str
    readiness : str
        planned (StaMPS has it, pySTAMPS refuses it by name), implemented, or parity-certified:
        the last audit found its results equal to those of StaMPS, and its code is still the same.
    note : str
        Why it is no more than that; empty where it is certified.
    entry_point : str
        ``module:function``.
    inputs, optional_inputs, outputs, optional_outputs : tuple of str
        Files, relative to the root (:mod:`pystamps.stage_table`).
    kernels : tuple of KernelCoverage
    routines : tuple of str
        Of StaMPS, where it is planned.
    fingerprint : str
        Of its code today (:mod:`pystamps.audit.fingerprint`).
    evidence : StageEvidence or None
        What the last audit says about this mode.
    """

    stage: str
    step: int | None
    scope: Scope
    mode: Mode
    form: str
    title: str
    readiness: Readiness
    note: str = ""
    entry_point: str = ""
    inputs: tuple[str, ...] = ()
    optional_inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    optional_outputs: tuple[str, ...] = ()
    kernels: tuple[KernelCoverage, ...] = ()
    routines: tuple[str, ...] = ()
    fingerprint: str = ""
    evidence: StageEvidence | None = field(default=None)


def stage_coverage(
    evidence: Mapping[tuple[str, str], StageEvidence] | None = None,
) -> list[StageCoverage]:
    """Give what is known about all stages, in the order of the work, then what is planned.

    Parameters
    ----------
    evidence : mapping, optional
        By stage and mode; without it, what the last audit has left in the package.

    Raises
    ------
    ArtifactError
        The evidence in the package cannot be read.
    """
    evidence = read_evidence() if evidence is None else evidence
    there = [
        coverage_of_stage(stage, mode, evidence.get((stage.name, mode)))
        for mode in MODES
        for stage in (PREPARATION, *STAGES)
        if mode in stage.modes
    ]
    return [*there, *planned_coverage()]


def planned_coverage() -> list[StageCoverage]:
    """Give what StaMPS has and pySTAMPS refuses by name."""
    forms = planned_forms()
    small_baselines = [
        _planned(stage, _SMALL_BASELINES, forms.pop((str(stage.step), _SMALL_BASELINES), ()))
        for stage in reversed(_CHAIN)  # of the parts of a step the last has the routines
        if _SMALL_BASELINES not in stage.modes
    ]
    last = {str(stage.step): stage for stage in _CHAIN}
    others = [
        _planned(last.get(number), _SMALL_BASELINES, routines)
        if form == _SMALL_BASELINES
        else _planned(last.get(number), MODES[0], routines, form=form)
        for (number, form), routines in forms.items()
    ]
    return [*reversed(small_baselines), *others]


def coverage_of_stage(
    stage: Stage, mode: Mode = MODES[0], evidence: StageEvidence | None = None
) -> StageCoverage:
    """Give what is known about one stage that is there; the evidence is that of the mode."""
    stage, fingerprint = stage.in_mode(mode), stage_fingerprint(stage.name)
    readiness, note = _readiness(fingerprint, evidence)
    return StageCoverage(
        stage.name, stage.step, stage.scope, mode, "", stage.title, readiness, note,
        entry_point=stage.entry_point,
        inputs=stage.inputs,
        optional_inputs=stage.optional_inputs,
        outputs=stage.outputs,
        optional_outputs=stage.optional_outputs,
        kernels=tuple(map(_kernel, code_of_stage(stage.name).kernels)),
        fingerprint=fingerprint,
        evidence=evidence,
    )  # fmt: skip


def _readiness(fingerprint: str, evidence: StageEvidence | None) -> tuple[Readiness, str]:
    """Give how ready a stage is, and why it is not certified."""
    if evidence is None:
        return "implemented", "the audit has no row of it"
    if not evidence.is_certified:
        return "implemented", f"the audit of {evidence.date} did not certify it"
    if evidence.fingerprint != fingerprint:
        note = f"certified by the audit of {evidence.date}; the code has changed since"
        return "implemented", note
    return "parity-certified", ""


def _kernel(name: str) -> KernelCoverage:
    problems = {backend: BACKENDS[backend].problem() for backend in backends_of(name)}
    return KernelCoverage(
        name,
        tuple(backend for backend, problem in problems.items() if problem is None),
        {backend: problem for backend, problem in problems.items() if problem is not None},
    )


def _planned(
    stage: Stage | None, mode: Mode, routines: tuple[str, ...], *, form: str = ""
) -> StageCoverage:
    """Give the record of something that is not there; without a stage it is a product."""
    return StageCoverage(
        stage=stage.name if stage else "",
        step=stage.step if stage else None,
        scope=stage.scope if stage else "merged",
        mode=mode,
        form=form,
        title=stage.title if stage else "products and tools",
        readiness="planned",
        note="refused by name" if stage else "not there",
        routines=routines,
    )

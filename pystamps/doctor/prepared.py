"""What a prepared data set holds; everything that cannot be read is a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import DatasetError, ParameterError, PystampsError
from pystamps.findings import (
    READ_ERRORS,
    Code,
    Finding,
    first_few,
    read_or_finding,
    unreadable,
    value_or_finding,
)
from pystamps.io.dataset import PATCH_LIST, Patch, discover_dataset
from pystamps.io.raw_paths import read_path_list
from pystamps.io.text_numbers import read_integer
from pystamps.parameters import Parameters
from pystamps.parameters.checks import refuse_unsupported, require_finite
from pystamps.parameters.files import effective_parameters
from pystamps.processors import PROCESSORS, recorded_processor
from pystamps.processors.names import DEFAULT
from pystamps.processors.rasters import ByteOrder
from pystamps.stage_table import STAGES, mode_of

PATCH_LIST_WRONG = Code(
    "patch-list-wrong",
    "error",
    "patch.list names what is no folder of the data set, or the folder is no data set",
    "A patch was deleted or renamed, a name stands twice, or another folder was given.",
    "correct patch.list, or delete it to use all PATCH_* folders",
)
PATCH_NOT_LISTED = Code(
    "patch-not-listed",
    "warning",
    "a PATCH_* folder is not in patch.list",
    "It is left out of the run. StaMPS takes patches off the list when they lose all pixels.",
    "add it to patch.list if it belongs to the data set",
)
PARAMETER_WRONG = Code(
    "parameter-wrong",
    "error",
    "a parameter has a value that is not allowed",
    "parms.mat, localparms.mat or the configuration holds it; docs/parameters.md lists what is "
    "allowed.",
    "correct the value (setparm in MATLAB, stamps: in the configuration, or --set)",
)
PARMS_MISSING = Code(
    "parms-missing",
    "error",
    "parms.mat is missing",
    "The preparation makes it; without it the processor and the kind of stack are not known.",
    "copy it from where the data set was prepared, or prepare again",
)
UNSUPPORTED = Code(
    "unsupported-option",
    "error",
    "the data set asks for something that pySTAMPS does not have",
    "Such options are refused by name before anything is written.",
    "change the option, or use StaMPS for this data set",
)
CONSTANT_MISSING = Code(
    "constant-missing",
    "error",
    "wavelength or heading of the data set are not known",
    "They come from parms.mat, from the .par file of the reference image (SNAP, GAMMA), or from "
    "lambda.1.in and heading.1.in (Doris, ISCE).",
    "set stamps: {lambda: ..., heading: ...} in the configuration, or repair the header",
)
PROCESSOR_DIFFERS = Code(
    "processor-differs",
    "warning",
    "processor.txt and parms.mat name different processors",
    "parms.mat wins. With the wrong processor the byte order is wrong.",
    "correct insar_processor or processor.txt",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared data set.

    Attributes
    ----------
    root : Path
    config : RunConfig
    steps : range
        Stages that are to run.
    processor : str
    parameters : Parameters or None
        None when they cannot be read.
    patches : tuple of Patch
    width, length : int
        Of the image; 0 when not known.
    interferograms : tuple of str
        Paths as ``pscphase.in`` has them.
    findings : tuple of Finding
        What went wrong while the data set was looked through.
    """

    root: Path
    config: RunConfig
    steps: range
    processor: str = DEFAULT
    parameters: Parameters | None = None
    patches: tuple[Patch, ...] = ()
    width: int = 0
    length: int = 0
    interferograms: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def byte_order(self) -> ByteOrder:
        """Byte order of the candidate files."""
        return PROCESSORS[self.processor].byte_order if self.processor in PROCESSORS else "<"

    @property
    def has_par_files(self) -> bool:
        """Whether the stack has GAMMA parameter files."""
        return self.processor in PROCESSORS and PROCESSORS[self.processor].has_par_files

    @property
    def candidate_files(self) -> tuple[str, ...]:
        """Endings of the candidate files that stage 1 needs."""
        known = self.processor if self.processor in PROCESSORS else DEFAULT
        return PROCESSORS[known].candidate_files

    @property
    def has_double_candidates(self) -> bool:
        """Whether positions and heights of the candidates are in double precision (GSAR)."""
        return self.processor in PROCESSORS and PROCESSORS[self.processor].has_double_candidates

    @property
    def to_load(self) -> tuple[Patch, ...]:
        """Patches that stage 1 has still to load."""
        if 1 not in self.steps:
            return ()
        return tuple(p for p in self.patches if not (p.directory / "ps1.mat").is_file())

    @property
    def settings(self) -> Parameters:
        """Parameters, or their defaults when they cannot be read."""
        return self.parameters or Parameters()


def take_stock_prepared(root: Path, config: RunConfig, steps: range) -> Prepared:
    """Look through a prepared data set: patches, parameters, sizes, list of interferograms."""
    findings: list[Finding] = []
    patches = _patches(root, findings)
    parameters = _parameters(root, config, steps, findings)
    recorded = value_or_finding(root / "processor.txt", recorded_processor, root)
    path, word = (None, DEFAULT) if isinstance(recorded, Finding) else recorded
    processor = parameters.insar_processor if parameters else word
    if path is not None and word != processor:
        findings.append(PROCESSOR_DIFFERS.at(path, word, expected=processor))
    width, length = _text_size(root, findings)
    return Prepared(
        root=root,
        config=config,
        steps=steps,
        processor=processor,
        parameters=parameters,
        patches=patches,
        width=width,
        length=length,
        interferograms=_interferograms(root, findings),
        findings=tuple(findings),
    )


def _patches(root: Path, findings: list[Finding]) -> tuple[Patch, ...]:
    try:
        dataset = discover_dataset(root)
    except DatasetError as error:
        where, _, rest = str(error).partition(": ")
        findings.append(PATCH_LIST_WRONG.at(where, rest, action=""))
        return ()
    except READ_ERRORS as error:
        findings.append(unreadable(root / PATCH_LIST, error))
        return ()
    names = {patch.name for patch in dataset.patches}
    others = sorted(p.name for p in root.glob("PATCH_*") if p.is_dir() and p.name not in names)
    if others:
        findings.append(PATCH_NOT_LISTED.at(root / PATCH_LIST, first_few(others)))
    return dataset.patches


def _parameters(
    root: Path, config: RunConfig, steps: range, findings: list[Finding]
) -> Parameters | None:
    """Read the parameters as a run does; report values that are wrong, missing, unsupported."""
    try:
        parameters = effective_parameters(
            root, root, config.stamps, raw_root=config.runtime.raw_root
        )
    except ParameterError as error:
        where, _, rest = str(error).partition(": ")
        findings.append(PARAMETER_WRONG.at(where, rest or str(error)))
        return None
    except DatasetError as error:
        where, _, rest = str(error).partition(": ")
        findings.append(PARMS_MISSING.at(where, rest, action=""))
        return None
    except READ_ERRORS as error:
        findings.append(unreadable(root / "parms.mat", error))
        return None
    findings += _refused(root, parameters, steps)
    return parameters


def _refused(root: Path, parameters: Parameters, steps: range) -> Iterator[Finding]:
    """Report options and stages that are not supported, and constants that are not known."""
    mode = mode_of(is_small_baseline=parameters.small_baseline_flag)
    lacking = [s.name for s in STAGES if s.step in steps and mode not in s.modes]
    if lacking:
        yield UNSUPPORTED.at(
            root / "parms.mat", f"small_baseline_flag=y: {first_few(lacking)} of small baselines"
        )
    try:
        refuse_unsupported(parameters)
    except PystampsError as error:
        yield UNSUPPORTED.at(root / "parms.mat", str(error), action="")
    try:
        require_finite(parameters, "lambda", "heading")
    except PystampsError as error:
        yield CONSTANT_MISSING.at(root / "parms.mat", str(error), action="")


def _interferograms(root: Path, findings: list[Finding]) -> tuple[str, ...]:
    path = root / "pscphase.in"
    if not path.is_file():
        return ()
    lines = read_or_finding(read_path_list, path)
    if isinstance(lines, Finding):
        findings.append(lines)
        return ()
    return tuple(lines[1:])


def _text_size(root: Path, findings: list[Finding]) -> tuple[int, int]:
    """Read ``width.txt`` and ``len.txt``; 0 for what is missing or broken."""
    sizes = []
    for name in ("width.txt", "len.txt"):
        path = root / name
        value = read_or_finding(read_integer, path) if path.exists() else 0
        if isinstance(value, Finding):
            findings.append(value)
            value = 0
        sizes.append(value)
    return sizes[0], sizes[1]

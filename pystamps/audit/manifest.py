"""What is audited: data sets, options, stages, expected deviations (one JSON document)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pystamps.audit.documents import DATA, checked_document
from pystamps.errors import ParameterError
from pystamps.io.bounds import ToleranceProfile
from pystamps.stage_table import MODES, STAGES, Mode, position

MANIFEST = DATA / "audited_workflow_manifest.json"
AuditMode = Literal["isolated", "chained"]
AUDIT_MODES: tuple[AuditMode, ...] = ("isolated", "chained")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that is certified or not: a stage of a data set with an option, in a mode.

    Attributes
    ----------
    dataset, option : str
        ``option`` is empty for the data set as it is.
    mode : str
        isolated: the stage gets the golden inputs; chained: what our stages before it made.
    stage : str
        Name of its rule.
    """

    dataset: str
    option: str
    mode: AuditMode
    stage: str

    @property
    def text(self) -> str:
        """How users and patterns name it: ``tiny/unwrap_2D/chained/stage6_unwrap``."""
        return "/".join((self.dataset, self.option or "-", self.mode, self.stage))


@dataclass(frozen=True, slots=True)
class AuditCase:
    """A data set, as it is or with one option, that the original has processed.

    Attributes
    ----------
    dataset, option : str
    folder : str
        Of the golden results, relative to the golden trees.
    title : str
    candidates, interferograms : int
        For the estimate of times.
    first_step : int
        First stage of the original that differs from the data set as it is; of that itself the
        first that it has, 6 for a combination of two sets.
    stages : tuple of str
        Rules whose results the original has kept, in the order of the work.
    isolated_stages : tuple of str
        Those of them whose complete golden inputs are kept.
    stamps : mapping
        Parameters of the option.
    compat : mapping
        Switches with which the original is repeated where the default is better.
    is_reduced : bool
        The golden files lack variables: those that only we have are no difference.
    second_pass : bool
        Stage 6 subtracts the look-angle error of a finished first pass.
    is_small_baselines : bool
        The interferograms are small baselines, of a combination of two sets too.
    is_order_free : bool
        Merged pixels are matched by their radar cells before they are compared.
    not_run, not_isolated, not_chained : str
        Why nothing is run; why some stages are not run in isolation; why none is run on what our
        stages before it made.
    products : mapping
        Product files, and the golden file of each, relative to the folder.
    """

    dataset: str
    option: str
    folder: str
    title: str
    candidates: int
    interferograms: int
    first_step: int
    stages: tuple[str, ...]
    isolated_stages: tuple[str, ...]
    stamps: Mapping[str, Any] = field(default_factory=dict)
    compat: Mapping[str, bool] = field(default_factory=dict)
    is_reduced: bool = False
    second_pass: bool = False
    is_small_baselines: bool = False
    is_order_free: bool = False
    not_run: str = ""
    not_isolated: str = ""
    not_chained: str = ""
    products: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Data set and option: ``tiny``, ``tiny__unwrap_2D``."""
        return f"{self.dataset}__{self.option}" if self.option else self.dataset

    @property
    def stack_mode(self) -> Mode:
        """Kind of its interferograms, as the stage table names it."""
        return MODES[1] if self.is_small_baselines else MODES[0]

    @property
    def of_dataset(self) -> AuditCase:
        """The data set as it is, without option."""
        folder = folder_of_dataset(self.dataset)
        return replace(
            self, option="", folder=folder, first_step=1, stamps={}, compat={}, second_pass=False
        )

    @property
    def samples(self) -> int:
        """Candidates times interferograms."""
        return self.candidates * self.interferograms

    def rows(self, mode: AuditMode) -> list[AuditRow]:
        """Give its rows in one mode, in the order of the work."""
        return [AuditRow(self.dataset, self.option, mode, stage) for stage in self.stages]

    def all_rows(self) -> list[AuditRow]:
        """Give its rows in both modes."""
        return [row for mode in AUDIT_MODES for row in self.rows(mode)]

    def chained_stages(self) -> list[str]:
        """Give the stages to run one after the other: from the first that differs to the last."""
        last = max(position(stage) for stage in self.stages)
        return [
            stage.name
            for stage in STAGES
            if stage.step >= self.first_step and position(stage.name) <= last
        ]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A difference beyond the tolerance that is expected, how large it may be, and why.

    Attributes
    ----------
    rows : str
        Pattern of :attr:`AuditRow.text`.
    file, variable : str
        Patterns: ``phuw2.mat``, ``msd``.
    bound : float
        Largest difference in ``unit``, two to five times what was measured.
    measured : float
        What was measured when it was written down.
    share : float
        Largest share of the elements that may be beyond the tolerance.
    unit : str
    reason : str
    proof : str
        Test or command that shows the reason.
    quantile, mean : float
        As ``bound`` for the difference that 99 % of the elements do not exceed, and for the mean
        of a column; 0: no more than the tolerance.
    """

    rows: str
    file: str
    variable: str
    bound: float
    measured: float
    share: float
    unit: str
    reason: str
    proof: str
    quantile: float = 0.0
    mean: float = 0.0

    def concerns(self, row: AuditRow) -> bool:
        """Tell whether it is about some variable of a row."""
        return fnmatchcase(row.text, self.rows)

    def is_about(self, row: AuditRow, file: str, variable: str) -> bool:
        """Tell whether it is about a variable of a row."""
        return self.concerns(row) and self.is_about_file(file, variable)

    def is_about_file(self, file: str, variable: str) -> bool:
        """Tell whether it is about a variable, of whichever row and patch."""
        name = file.rpartition("/")[2]
        return fnmatchcase(name, self.file) and fnmatchcase(variable, self.variable)


@dataclass(frozen=True, slots=True)
class AuditManifest:
    """The whole document.

    Attributes
    ----------
    profile : str
        Of the tolerances.
    compact_dataset, compact_folder : str
        Data set of the compact tree, and its folder relative to the checkout.
    cases : tuple of AuditCase
        Data sets first, then their options.
    certified : tuple of str
        Patterns of the rows whose failure is a failure of the audit.
    deviations : tuple of Deviation
    """

    profile: ToleranceProfile
    compact_dataset: str
    compact_folder: str
    cases: tuple[AuditCase, ...]
    certified: tuple[str, ...]
    deviations: tuple[Deviation, ...]

    def case_named(self, name: str) -> AuditCase:
        """Give a case by its name.

        Raises
        ------
        ParameterError
        """
        for case in self.cases:
            if case.name == name:
                return case
        known = ", ".join(case.name for case in self.cases)
        raise ParameterError(f"{name}: is no data set of the audit; known are {known}")

    def is_certified(self, row: AuditRow) -> bool:
        """Tell whether a row has to pass."""
        return any(fnmatchcase(row.text, pattern) for pattern in self.certified)


def read_manifest(path: Path = MANIFEST) -> AuditManifest:
    """Read and check the manifest.

    Raises
    ------
    ParameterError
        It breaks its schema, or names a data set or stage that does not exist.
    """
    document = checked_document(path, "audited_workflow_manifest.schema.json")
    datasets = {item["name"]: _case_of_dataset(item) for item in document["datasets"]}
    options = [_case_of_option(item, datasets, path) for item in document["options"]]
    cases = (*datasets.values(), *options)
    _check_stages(cases, path)
    return AuditManifest(
        document["profile"],
        document["compact"]["dataset"],
        document["compact"]["folder"],
        cases,
        tuple(document["certified"]),
        tuple(Deviation(**item) for item in document["deviations"]),
    )


def _case_of_dataset(item: Mapping[str, Any]) -> AuditCase:
    name = item["name"]
    more = {"option": "", "folder": folder_of_dataset(name)}
    return _case({"first_step": 1, **item, **more, "dataset": name})


def folder_of_dataset(name: str) -> str:
    """Give the folder of the golden results of a data set, relative to the golden trees."""
    return f"{name}/stages"


def _case_of_option(
    item: Mapping[str, Any], datasets: Mapping[str, AuditCase], path: Path
) -> AuditCase:
    """Take from the data set what the option does not say."""
    if item["dataset"] not in datasets:
        raise ParameterError(
            f"{path}: option {item['name']}: {item['dataset']} is none of its data sets; "
            f"they are {', '.join(datasets)}"
        )
    base = datasets[item["dataset"]]
    return _case(
        {
            "title": _title_of_option(item),
            "candidates": base.candidates,
            "interferograms": base.interferograms,
            "is_reduced": True,
            "not_chained": base.not_chained,
            "is_small_baselines": base.is_small_baselines,
            **item,
            "option": item["name"],
            "folder": f"variants/{base.dataset}__{item['name']}",
        }
    )


def _title_of_option(item: Mapping[str, Any]) -> str:
    """Say what an option is: its parameters as users write them."""
    again = ["second pass"] if item.get("second_pass") else []
    return ", ".join([*(f"{key}={value}" for key, value in item["stamps"].items()), *again])


def _case(values: Mapping[str, Any]) -> AuditCase:
    """Make a case; stages are isolated as far as nothing says that they are not."""
    stages = tuple(values["stages"])
    isolated = () if values.get("not_isolated") or values.get("not_run") else stages
    known = {item.name for item in fields(AuditCase)}
    given = {name: value for name, value in values.items() if name in known}
    isolated_stages = tuple(values.get("isolated_stages", isolated))
    return AuditCase(**(given | {"stages": stages, "isolated_stages": isolated_stages}))


def _check_stages(cases: tuple[AuditCase, ...], path: Path) -> None:
    """Refuse rules that do not exist, and isolated stages that have no results."""
    known = [stage.name for stage in STAGES]
    for case in cases:
        wrong = [name for name in (*case.stages, *case.isolated_stages) if name not in known]
        wrong += [name for name in case.isolated_stages if name not in case.stages]
        if wrong:
            raise ParameterError(
                f"{path}: {case.name}: stages {', '.join(wrong)}; expected some of "
                f"{', '.join(known)}, isolated ones among the others"
            )

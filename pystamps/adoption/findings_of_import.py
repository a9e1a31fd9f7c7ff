"""What an import has found: the record that the command shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Adoption:
    """What was taken over, and on what grounds; names of files are relative to the root.

    Attributes
    ----------
    root : Path
    project : str
        Processor, kind of interferograms and number of patches, in words.
    stages : list of str
        Stages that count as done; of those that are done in some patches only, each with its patch.
    verified : list of str
        Files that are what pySTAMPS has written, as their records prove.
    proven : list of str
        Files whose content was computed again and is the same.
    trusted : list of str
        Files that no record is about.
    accepted : list of str
        Files that have changed since a stage wrote them.
    remade : dict of str to str
        Stages (with their patch) that the next run makes again, and why.
    set_aside : dict of str to str
        Files that are something else than their name says: what they are called now.
    next : dict of str to list of str
        Stages (with their patch) with which the next run goes on, and their files that are not
        there.
    left_alone : list of str
        MAT files that no stage reads or writes.
    parameters_from : str
        File of a patch from which ``parms.mat`` of the root was copied; empty where it was there.
    """

    root: Path
    project: str = ""
    stages: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    remade: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)
    next: dict[str, list[str]] = field(default_factory=dict)
    left_alone: list[str] = field(default_factory=list)
    parameters_from: str = ""

"""Fingerprints of stages: a digest of all code that a stage reaches, and nothing else.

A certification holds for the code that was audited. The fingerprint changes with every constant,
formula and CUDA source that the entry point of a stage reaches; comments, docstrings, formatting,
and code that it does not reach change nothing. It is the same on every machine and for every
version of Python, from a checkout as from an installed package.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pystamps
import pystamps_kernels
from pystamps.audit.plain_source import plain_syntax
from pystamps.audit.source_graph import Definition, SourceTree
from pystamps.audit.words import Words, words_within
from pystamps.stage_table import stage_named
from pystamps_kernels import BACKENDS, KERNELS

_TABLES = {
    Definition("pystamps.stage_table", "PREPARATION"),
    Definition("pystamps.stage_table", "STAGES"),
    Definition("pystamps.stage_table", "FIRST_PASS"),
    Definition("pystamps.stage_table", "ACCURATE"),
    Definition("pystamps.stage_table", "FIGURES"),
    Definition("pystamps_kernels.registry", "REGISTRY"),
}
"""Tables that all stages read, and of which each takes its own records."""


@dataclass(frozen=True, slots=True)
class StageCode:
    """What the entry point of a stage reaches.

    Attributes
    ----------
    stage : str
    definitions : frozenset of Definition
    """

    stage: str
    definitions: frozenset[Definition]

    @property
    def kernels(self) -> tuple[str, ...]:
        """Kernels that the stage may run, in the order of their registry."""
        reached = {definition.module for definition in self.definitions}
        return tuple(k for k in KERNELS if f"pystamps_kernels.{k}" in reached)

    @property
    def modules(self) -> tuple[str, ...]:
        """Modules and CUDA sources that hold the code."""
        return tuple(sorted({definition.module for definition in self.definitions}))


@cache
def installed_source() -> SourceTree:
    """Give the source of the packages that run."""
    return source_of_packages(*(_folder(package) for package in (pystamps, pystamps_kernels)))


def source_of_packages(package: Path, kernels: Path) -> SourceTree:
    """Give the source below the folders of ``pystamps`` and ``pystamps_kernels``."""
    return SourceTree(package, kernels, tuple(b.module for b in BACKENDS.values()))


def _folder(package: object) -> Path:
    return Path(str(getattr(package, "__file__", ""))).parent


def stage_fingerprint(name: str, source: SourceTree | None = None) -> str:
    """Give the fingerprint of the code of a stage, in hexadecimal.

    Parameters
    ----------
    name : str
        Name of its rule.
    source : SourceTree, optional
        Another copy of the source than the one that runs.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    source = source or installed_source()
    code = code_of_stage(name, source)
    own = {name, *code.kernels}
    digest = hashlib.sha256()
    for definition in sorted(code.definitions):
        is_table = definition in _TABLES
        records = _own_records(definition, source, own) if is_table else []
        text = "".join(map(plain_syntax, records)) if is_table else source.plain_text(definition)
        digest.update(f"{definition.module} {definition.name}\n{text}\n".encode())
    return digest.hexdigest()


def code_of_stage(name: str, source: SourceTree | None = None) -> StageCode:
    """Find all definitions that the entry point of a stage reaches.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    source = source or installed_source()
    module, function = stage_named(name).entry_point.split(":")
    search = _Search(name, source)
    search.waiting |= set(source.meant_by(f"{module}.{function}"))
    while search.waiting:
        search.reach(search.waiting.pop())
    return StageCode(name, frozenset(search.reached))


class _Search:
    """The search for what a stage reaches.

    Attributes
    ----------
    reached, waiting : set of Definition
    mentioned : set of str
        Attributes and texts of what is reached.
    members : dict of str to set of Definition
        Members of classes that are reached, whose names nothing has mentioned yet.
    """

    def __init__(self, stage: str, source: SourceTree) -> None:
        self.stage = stage
        self.source = source
        self.reached: set[Definition] = set()
        self.waiting: set[Definition] = set()
        self.mentioned: set[str] = set()
        self.members: dict[str, set[Definition]] = {}

    def reach(self, definition: Definition) -> None:
        """Take one definition, and what it uses as waiting."""
        self.reached.add(definition)
        words = self._words_of(definition)
        used = self.source.used_by(words, definition.module) | self.source.effects_of(
            definition.module
        )
        for name in (words.attributes | words.texts) - self.mentioned:
            self.mentioned.add(name)
            used |= self.members.pop(name, set())
        for name, member in self.source.members_of(definition).items():
            if name in self.mentioned:
                used.add(member)
            else:
                self.members.setdefault(name, set()).add(member)
        self.waiting |= used - self.reached

    def _words_of(self, definition: Definition) -> Words:
        if definition not in _TABLES:
            return self.source.words(definition)
        return words_within(_own_records(definition, self.source, {self.stage}), "")


def _own_records(definition: Definition, source: SourceTree, names: set[str]) -> list[ast.Call]:
    """Give the records of a table, calls, whose first argument is one of some names."""
    values = [getattr(statement, "value", None) for statement in source.statements(definition)]
    items = [i for v in values for i in (v.elts if isinstance(v, ast.Tuple) else [v])]
    return [item for item in items if isinstance(item, ast.Call) and _key(item) in names]


def _key(record: ast.Call) -> str:
    """Give the name of a record: its first argument."""
    first = record.args[0] if record.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""

"""Which definitions of the source reach which others: functions, classes and values of modules.

Read from the source, nothing is imported. A name counts as a use wherever it stands, so the graph
says too much rather than too little. Beside names, it follows what the code looks up by text:
``"module:function"`` and module names in strings, the implementations of a kernel from its package,
and CUDA sources. Methods are definitions of their own: one is used where its class and an attribute
of its name are, of whatever object (:mod:`pystamps.audit.members`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pystamps.audit.members import with_members
from pystamps.audit.plain_source import is_docstring, plain_cuda, plain_syntax
from pystamps.audit.words import Words, bound_imports, words_within

_CUDA_SOURCES = (".cu", ".cuh")


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """A name at the top of a module, a method of a class, or a whole file that is no Python.

    Attributes
    ----------
    module : str
        Dotted name; for a CUDA source its path below the package of the kernels.
    name : str
        ``function``, ``Class``, ``Class.method``; empty for a CUDA source; ``*`` for what a module
        does when it is imported; ``.`` for a module that is handed round, of which attributes
        are taken.
    """

    module: str
    name: str


EFFECTS = "*"
WHOLE = "."


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A module, taken apart.

    Attributes
    ----------
    statements : mapping
        Name to the statements that define it; under ``*`` those that define none.
    imports : mapping
        Name to what stands behind it: a dotted name.
    """

    statements: Mapping[str, list[ast.stmt]] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)


class SourceTree:
    """The source of both packages below two folders.

    Parameters
    ----------
    pystamps, kernels : Path
        Folders of the packages ``pystamps`` and ``pystamps_kernels``.
    implementations : tuple of str
        Modules of a kernel's folder that may hold its loop.
    """

    def __init__(  # noqa: D107 - the class says it all
        self, pystamps: Path, kernels: Path, implementations: tuple[str, ...]
    ) -> None:
        self.kernels = kernels
        self.implementations = implementations
        self._parsed: dict[str, ModuleSource] = {}
        self._plain: dict[Definition, str] = {}
        self._words: dict[Definition, Words] = {}
        self._roots = {"pystamps": pystamps, "pystamps_kernels": kernels}

    @cached_property
    def files(self) -> dict[str, Path]:
        """File of every module by its dotted name."""
        return {
            dotted_name(path.relative_to(root.parent)): path
            for root in self._roots.values()
            for path in sorted(root.rglob("*.py"))
        }

    def module(self, name: str) -> ModuleSource:
        """Give a module, taken apart once."""
        if name not in self._parsed:
            path = self.files[name]
            tree = ast.parse(path.read_text(encoding="utf-8"))
            self._parsed[name] = take_apart(tree, name, is_package=path.name == "__init__.py")
        return self._parsed[name]

    def statements(self, definition: Definition) -> list[ast.stmt]:
        """Give the statements of a definition; none for a CUDA source or a module as such."""
        if definition.name in ("", WHOLE):
            return []
        return self.module(definition.module).statements[definition.name]

    def plain_text(self, definition: Definition) -> str:
        """Give a definition as text that only its meaning changes."""
        if definition not in self._plain:
            self._plain[definition] = self._new_plain_text(definition)
        return self._plain[definition]

    def _new_plain_text(self, definition: Definition) -> str:
        if definition.name:
            return "".join(map(plain_syntax, self.statements(definition)))
        return plain_cuda((self.kernels / definition.module).read_text(encoding="utf-8"))

    def words(self, definition: Definition) -> Words:
        """Give what a definition mentions."""
        if definition not in self._words:
            package = self._package_of(definition.module) if definition.name else ""
            self._words[definition] = words_within(self.statements(definition), package)
        return self._words[definition]

    def members_of(self, definition: Definition) -> dict[str, Definition]:
        """Give the members of a class or module that are definitions of their own, by name."""
        if definition.name in ("", EFFECTS):
            return {}
        start = "" if definition.name == WHOLE else f"{definition.name}."
        names = (n for n in self.module(definition.module).statements if n.startswith(start))
        found = {name.removeprefix(start): Definition(definition.module, name) for name in names}
        return {member: d for member, d in found.items() if "." not in member}

    def meant_by(self, dotted: str) -> Iterator[Definition]:
        """Give what a dotted name stands for: one definition, a module, or nothing of ours.

        What follows the definition (``module.Class.method``) is left out.
        """
        if dotted in self.files:
            yield Definition(dotted, WHOLE)
            return
        module, name = dotted, ""
        while module and module not in self.files:
            module, _, name = module.rpartition(".")
        if not module:
            return
        source = self.module(module)
        if name in source.statements:
            yield Definition(module, name)
        elif name in source.imports:
            rest = dotted.removeprefix(f"{module}.{name}")
            yield from self.meant_by(source.imports[name] + rest)

    def effects_of(self, module: str) -> set[Definition]:
        """Give what a module does when it is imported, beside defining names."""
        has_effects = module in self.files and EFFECTS in self.module(module).statements
        return {Definition(module, EFFECTS)} if has_effects else set()

    def used_by(self, words: Words, module: str) -> set[Definition]:
        """Give the definitions that are meant by what a module mentions."""
        found: set[Definition] = set()
        if module not in self.files:
            return found
        source = self.module(module)
        imports = {**source.imports, **words.imports}
        for dotted in words.names:
            first, dot, rest = dotted.partition(".")
            if first in imports:
                found |= set(self.meant_by(imports[first] + dot + rest))
            elif first in source.statements:
                found.add(Definition(module, first))
        for text in words.texts:
            found |= set(self._meant_by_text(module, text))
        return found

    def _package_of(self, module: str) -> str:
        is_package = self.files[module].name == "__init__.py"
        return module if is_package else module.rpartition(".")[0]

    def _meant_by_text(self, module: str, text: str) -> Iterator[Definition]:
        """Give what a string stands for where the code looks things up by name."""
        target, _, name = text.partition(":")
        if target in self.files:
            yield from self.meant_by(f"{target}.{name}" if name else target)
        elif text.endswith(_CUDA_SOURCES) and (self.kernels / text).is_file():
            yield Definition(text, "")
        elif module == f"pystamps_kernels.{text}":
            for version in self.implementations:
                yield from self.meant_by(f"{module}.{version}.{text}")


def dotted_name(path: Path) -> str:
    """Give the name under which a file is imported; path relative to the folder of packages."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def take_apart(tree: ast.Module, module: str, *, is_package: bool) -> ModuleSource:
    """Sort the statements at the top of a module by what they define."""
    package = module if is_package else module.rpartition(".")[0]
    statements: dict[str, list[ast.stmt]] = {}
    imports: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= dict(bound_imports(statement, package))
        elif not (is_docstring(statement) or _is_for_types_only(statement)):
            for part in with_members(statement):
                for name in [part.name] if part.name else _defined_by(part.statement) or [EFFECTS]:
                    statements.setdefault(name, []).append(part.statement)
    return ModuleSource(statements, imports)


def _is_for_types_only(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


def _defined_by(statement: ast.stmt) -> list[str]:
    """Give the names that a statement defines; none for one that only does something."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return []
    nodes = [node for target in targets for node in ast.walk(target)]
    is_plain = all(isinstance(n, ast.Name | ast.Tuple | ast.Starred | ast.Store) for n in nodes)
    return [n.id for n in nodes if isinstance(n, ast.Name)] if is_plain else []

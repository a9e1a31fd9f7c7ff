"""Which definitions of the source reach which others: functions, classes and values of modules.

Read from the source, nothing is imported. A name counts as a use wherever it stands, so the graph
says too much rather than too little. Beside names, it follows what the code looks up by text:
``"module:function"`` and module names in strings, the implementations of a kernel from its package,
and CUDA sources.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pystamps.audit.plain_source import is_docstring, plain_cuda, plain_syntax

_CUDA_SOURCES = (".cu", ".cuh")


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """A name at the top of a module, or a whole file that is no Python.

    Attributes
    ----------
    module : str
        Dotted name; for a CUDA source its path below the package of the kernels.
    name : str
        Empty for a CUDA source; ``*`` for what a module does when it is imported.
    """

    module: str
    name: str


EFFECTS = "*"


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
        self._uses: dict[Definition, set[Definition]] = {}
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
        """Give the statements of a definition; none for a CUDA source."""
        return self.module(definition.module).statements[definition.name] if definition.name else []

    def plain_text(self, definition: Definition) -> str:
        """Give a definition as text that only its meaning changes."""
        if definition not in self._plain:
            self._plain[definition] = (
                "".join(map(plain_syntax, self.statements(definition)))
                if definition.name
                else plain_cuda((self.kernels / definition.module).read_text(encoding="utf-8"))
            )
        return self._plain[definition]

    def uses(self, definition: Definition) -> set[Definition]:
        """Give the definitions that a definition uses."""
        if definition not in self._uses:
            found = (self.used_by(s, definition.module) for s in self.statements(definition))
            self._uses[definition] = set().union(*found) - {definition}
        return self._uses[definition]

    def all_of(self, module: str) -> Iterator[Definition]:
        """Give everything that a module defines itself."""
        return (Definition(module, name) for name in self.module(module).statements)

    def meant_by(self, dotted: str) -> Iterator[Definition]:
        """Give what a dotted name stands for: one definition, a whole module, or nothing of ours.

        What follows the definition (``module.Class.method``) is left out.
        """
        if dotted in self.files:
            yield from self.all_of(dotted)
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
        effects = Definition(module, EFFECTS)
        return (
            {effects}
            if module in self.files and EFFECTS in self.module(module).statements
            else set()
        )

    def used_by(self, statement: ast.AST, module: str) -> set[Definition]:
        """Give the definitions that a statement of a module uses."""
        source = self.module(module)
        words = words_within(statement, self._package_of(module))
        imports = {**source.imports, **words.imports}
        found: set[Definition] = set()
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
            for name in _defined_by(statement) or [EFFECTS]:
                statements.setdefault(name, []).append(statement)
    return ModuleSource(statements, imports)


def bound_imports(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """Give the names that an import binds, and the dotted name behind each."""
    if isinstance(node, ast.ImportFrom):
        base = absolute_name(node, package)
        for alias in node.names:
            yield alias.asname or alias.name, f"{base}.{alias.name}"
        return
    for alias in node.names:
        first = alias.name.partition(".")[0]
        yield (alias.asname, alias.name) if alias.asname else (first, first)


def absolute_name(node: ast.ImportFrom, package: str) -> str:
    """Give the full name of what ``from ..x import y`` takes ``y`` from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


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


@dataclass(frozen=True, slots=True)
class Words:
    """What a statement mentions.

    Attributes
    ----------
    names : set of str
        With the attributes that follow: ``gpu.to_device``.
    texts : set of str
        Strings.
    imports : mapping
        Bound inside functions: name to dotted name.
    """

    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)


def words_within(statement: ast.AST, package: str) -> Words:
    """Collect what a statement mentions."""
    words = Words()
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        dotted = _dotted(node)
        if dotted:
            words.names.add(dotted)
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.texts.add(node.value)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            words.imports.update(bound_imports(node, package))
        waiting += ast.iter_child_nodes(node)
    return words


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""

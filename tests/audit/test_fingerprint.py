"""The fingerprint of a stage changes with the code that it reaches, and with nothing else."""

from __future__ import annotations

import ast
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from prepared_stacks import STACKS
from trees import CHECKOUT

from pystamps.audit.fingerprint import (
    _Search,
    code_of_stage,
    source_of_packages,
    stage_fingerprint,
)
from pystamps.audit.plain_source import plain_cuda, plain_syntax
from pystamps.audit.source_graph import SourceTree, take_apart
from pystamps.config import KernelSettings, RunConfig
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import ACCURATE, PREPARATION, STAGES, Stage
from pystamps_kernels import KERNELS

NAMES = tuple(stage.name for stage in (PREPARATION, *STAGES))
WITHOUT_CACHES = shutil.ignore_patterns("__pycache__")


class Copy:
    """A copy of the source that a test changes and puts back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("pystamps", "kernels/pystamps_kernels"):
            shutil.copytree(CHECKOUT / name, folder / name, ignore=WITHOUT_CACHES)
        self.before = self.fingerprints()

    def fingerprints(self) -> dict[str, str]:
        kernels = self.folder / "kernels" / "pystamps_kernels"
        source = source_of_packages(self.folder / "pystamps", kernels)
        return {name: stage_fingerprint(name, source) for name in NAMES}

    def changed_by(self, *changes: tuple[str, str, str]) -> set[str]:
        """Give the stages whose fingerprint changes with texts of files: file, old, new."""
        texts = {file: (self.folder / file).read_text() for file, _, _ in changes}
        for file, old, new in changes:
            text = (self.folder / file).read_text()
            assert old in text, f"{file} does not hold {old!r}: this test changes nothing"
            (self.folder / file).write_text(text.replace(old, new, 1))
        try:
            after = self.fingerprints()
        finally:
            for file, text in texts.items():
                (self.folder / file).write_text(text)
        return {name for name in NAMES if after[name] != self.before[name]}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("source"))


KERNEL = "kernels/pystamps_kernels"


@pytest.mark.parametrize(
    ("file", "old", "new", "stages"),
    [
        (f"{KERNEL}/stage2_weighted_phase/kernel.cu", "out[at].im = (", "out[at].im = -(", "2"),
        (f"{KERNEL}/device/topofit.cuh", "+=", "-=", "23"),
        (f"{KERNEL}/stage2_topofit/cuda.py", "_THREADS = 128", "_THREADS = 64", "23"),
        (f"{KERNEL}/stage4_edge_stats/cpu.py", "return", "pass; return", "4"),
        (f"{KERNEL}/stage7_scla/reference.py", "return", "pass; return", "7"),
        ("pystamps/stages/reference_area.py", "return", "pass; return", "679"),
    ],
)
def test_a_change_of_the_science_expires_the_stages_that_reach_it(
    copy: Copy, file: str, old: str, new: str, stages: str
) -> None:
    numbers = {stage.name: "9" if stage.is_product else str(stage.step) for stage in STAGES}
    changed = copy.changed_by((file, old, new))
    assert {numbers[name] for name in changed} == set(stages)


def test_a_record_of_a_table_belongs_to_the_stages_that_it_is_about(copy: Copy) -> None:
    kernel = '"stage4_edge_stats",'
    changed = copy.changed_by(
        ("pystamps/stage_table.py", "null_candidate_clears_cell", "other"),
        (f"{KERNEL}/registry.py", kernel, f"{kernel} 'x',"),
    )
    assert changed == {"stage2_gamma", "stage4_weed"}


def test_remarks_and_code_that_no_stage_reaches_expire_nothing(copy: Copy) -> None:
    assert not copy.changed_by(
        (f"{KERNEL}/stage2_topofit/cpu.py", "\ndef ", "\n# a remark\ndef "),
        (f"{KERNEL}/stage2_topofit/kernel.cu", "\n", "\n// a remark\n\n /* and\n another */\n"),
        (f"{KERNEL}/stage2_topofit/__init__.py", "Find the look-angle", "Look for the look-angle"),
        ("pystamps/pipeline/entry/stage2.py", "Entry point of stage 2", "Where stage 2 begins"),
        ("pystamps/cli/run.py", "import sys", "import sys, os"),
        ("pystamps/config/run.py", "def from_file(", "def of_file("),
        ("pystamps/config/checks.py", "return", "pass; return"),
        ("pystamps/pipeline/driver.py", "return", "pass; return"),
        ("pystamps/doctor/examine.py", "return", "pass; return"),
        ("pystamps/figures/maps.py", "return", "pass; return"),
        ("pystamps/audit/fingerprint.py", "return", "pass; return"),
    )


def test_what_all_stages_share_expires_all(copy: Copy) -> None:
    assert copy.changed_by(("pystamps/io/mat5.py", "return", "pass; return")) == set(NAMES)


def test_a_copy_elsewhere_has_the_fingerprints_of_the_installed_code(copy: Copy) -> None:
    assert copy.before == {name: stage_fingerprint(name) for name in NAMES}
    assert len(set(copy.before.values())) == len(NAMES)


def test_an_unknown_stage_has_no_fingerprint() -> None:
    with pytest.raises(ValueError, match="stage='stage9' is none of"):
        stage_fingerprint("stage9")


def test_layout_and_quotes_are_not_part_of_the_text() -> None:
    one = ast.parse("def f(a):\n    'says'\n    return {'k': a, **{}}  # why\n")
    other = ast.parse('def f(\n    a,\n):\n    return {\n        "k": a, **{}\n    }\n')
    assert plain_syntax(one) == plain_syntax(other)
    assert plain_syntax(one) != plain_syntax(ast.parse("def f(a):\n    return {'k': a}\n"))
    assert plain_cuda("a  b // c\n#define X 1 /* d\n e */\n") == "a b\n#define X 1"


def test_the_text_of_a_tree_is_the_same_for_every_version_of_python() -> None:
    found = plain_syntax(ast.parse("x: int = f(1.5, *a)[0] or None"))
    assert found == (
        "(Module body=(AnnAssign target=(Name id=str:'x',) annotation=(Name id=str:'int',) "
        "value=(BoolOp op=(Or) values=(Subscript value=(Call func=(Name id=str:'f',) "
        "args=(Constant value=float:1.5,)(Starred value=(Name id=str:'a',))) "
        "slice=(Constant value=int:0,))(Constant)) simple=int:1,))"
    )


def test_statements_are_sorted_by_what_they_define() -> None:
    text = "from a import b\nimport c.d\nX, Y = 1, 2\nT['k'] = 3\nprint(X)\ndef f(): pass\n"
    taken = take_apart(ast.parse(text), "m", is_package=False)
    assert {name: len(found) for name, found in taken.statements.items()} == {
        "X": 1, "Y": 1, "*": 2, "f": 1,
    }  # fmt: skip
    assert taken.imports == {"b": "a.b", "c": "c"}


def small_source(folder: Path, **modules: str) -> SourceTree:
    kernels = folder / "pystamps_kernels"
    for package in (folder / "pystamps", kernels):
        package.mkdir()
        (package / "__init__.py").write_text("")
    for name, text in modules.items():
        (folder / "pystamps" / f"{name}.py").write_text(text)
    return source_of_packages(folder / "pystamps", kernels)


def reached_from(source: SourceTree, dotted: str) -> set[str]:
    waiting, found = set(source.meant_by(dotted)), set()
    while waiting:
        definition = waiting.pop()
        found.add(definition)
        waiting |= source.used_by(source.words(definition), definition.module) - found
    return {f"{d.module.removeprefix('pystamps.')}.{d.name}" for d in found}


def test_uses_are_followed_through_imports_in_functions_and_names_in_texts(tmp_path: Path) -> None:
    source = small_source(
        tmp_path,
        a="from pystamps.b import g\ndef f():\n    from pystamps import c\n    g()\n    c.h(1)\n",
        b="from pystamps.d import k as g\n",
        c="def h(x):\n    return 'pystamps.e:late'\ndef unused(): pass\n",
        d="def k(): return {'deeper': LIMIT}\nLIMIT = 3\n",
        e="def late(): pass\ndef never(): pass\n",
    )
    assert reached_from(source, "pystamps.a.f") == {"a.f", "c.h", "d.k", "d.LIMIT", "e.late"}


def test_methods_and_fields_of_records_are_reached_by_their_names(tmp_path: Path) -> None:
    source = small_source(
        tmp_path,
        a=(
            "from pystamps.b import Settings, PROCESSOR\n"
            "def f(x):\n    return x.used, Settings(1), PROCESSOR.scan\n"
        ),
        b=(
            "class Settings:\n    size: int\n    def __len__(self): return SIZE\n"
            "    def used(self): return helper()\n    def unused(self): return forgotten()\n"
            "SIZE = 2\ndef helper(): pass\ndef forgotten(): pass\n"
            "def _scan(): pass\ndef _read(): pass\n"
            "PROCESSOR = Settings(scan=_scan, read=_read)\n"
        ),
    )
    search = _Search("none", source)
    search.waiting |= set(source.meant_by("pystamps.a.f"))
    while search.waiting:
        search.reach(search.waiting.pop())
    assert {d.name for d in search.reached} == {
        *("f", "Settings", "SIZE", "Settings.used", "helper"),
        *("PROCESSOR", "PROCESSOR.scan", "_scan"),
    }


def test_classes_with_bases_stay_whole() -> None:
    text = "class A(list):\n    def f(self): pass\nclass B:\n    def g(self): pass\n"
    taken = take_apart(ast.parse(text), "m", is_package=False)
    assert list(taken.statements) == ["A", "B", "B.g"]


@contextmanager
def calls_noted(called: dict[str, set[str]]) -> Iterator[None]:
    """Note the functions and methods of the project that run: file to names."""

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_qualname
        if event == "call" and not name.startswith("<"):
            called[frame.f_code.co_filename].add(name.partition(".<locals>")[0])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.fixture(scope="module")
def called_by_stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    """What runs when the stages run on a small data set, stage 1 on those of all processors."""
    root = tmp_path_factory.mktemp("called") / "run"
    simulate_dataset(root, PRESETS["tiny"])
    found: dict[str, dict[str, set[str]]] = {s.name: defaultdict(set) for s in STAGES}
    for stage in STAGES:
        note_calls(stage, root, found[stage.name])
    for processor, make in STACKS.items():
        stack = make(tmp_path_factory.mktemp(processor)).parent
        note_calls(STAGES[0], stack, found[STAGES[0].name])
    return found


def note_calls(stage: Stage, root: Path, called: dict[str, set[str]]) -> None:
    """Run a stage on its patches or the root and note what is called."""
    config = RunConfig(dataset=root, kernels=KernelSettings("native"))
    patches = [root / name for name in (root / "patch.list").read_text().split()]
    run = stage.load()
    for directory in patches if stage.scope == "patch" else [root]:
        run(directory, config)  # compiles: noting every call of the compiler takes minutes
        with calls_noted(called):
            run(directory, config)


@pytest.mark.parametrize("name", [stage.name for stage in STAGES])
def test_every_function_that_runs_is_part_of_the_fingerprint(
    called_by_stages: dict[str, dict[str, set[str]]], name: str
) -> None:
    source = source_of_packages(CHECKOUT / "pystamps", CHECKOUT / "kernels" / "pystamps_kernels")
    reached = {(d.module, d.name) for d in code_of_stage(name, source).definitions}
    ran = {
        (module, called if called in source.module(module).statements else called.split(".")[0])
        for module, path in source.files.items()
        for called in called_by_stages[name].get(str(path), ())
    }
    assert len(ran) > 30
    assert any("." in called for _, called in ran)
    assert sorted(ran - reached) == []


def test_every_kernel_belongs_to_a_stage() -> None:
    names = (*NAMES, *(stage.name for stage in ACCURATE))
    used = {kernel for name in names for kernel in code_of_stage(name).kernels}
    assert used == set(KERNELS)
    assert code_of_stage("stage4_weed").kernels == ("stage4_edge_stats",)
    assert "stage2_topofit" not in code_of_stage("stage7_scla").kernels

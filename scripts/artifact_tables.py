"""What stands in the MAT files, for the pages of the stages: layouts, units and meanings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import cleandoc
from pathlib import Path

from pystamps.io.layouts import LAYOUTS
from pystamps.io.statements import Variable
from pystamps.io.tolerances import kind_of_file
from pystamps.products.point_storage import LAYER_NAMES, POINT_FILE
from pystamps.products.point_table import COLUMNS
from pystamps.stage_table import ACCURATE, PATCH, STAGES, Stage, with_angles

ANGLES = ("la", "inc")
_CLASSES = {"float64": "double", "float32": "single", "complex64": "single", "bool": "logical"}
_CLASS = r"(?:u?int|float|complex|bool|str|sparse)\d*"
_SHAPE = r"\([^)]*\)"
_CLASS_AND_SHAPE = re.compile(
    rf"{_CLASS}(?: or {_CLASS})*(?:, {_SHAPE}(?:,? (?:or|and) (?:{_SHAPE}|None))*(?: \(or [^)]*\)"
    r"[^)]*\))?)?[,:]? *"
)
"""How the meaning of a field begins in a docstring; layouts say the same for the file."""


def shown_file(name: str) -> str:
    """Give the name of a file for people: ``PATCH_*/ps1.mat``."""
    return name.replace(PATCH, "PATCH_*/")


def artifact_section(stage: Stage, name: str) -> list[str]:
    """Describe a file of a stage: its variables, or where they are described."""
    if Path(name) == POINT_FILE:
        return ["", f"### {POINT_FILE.name}", "", *_point_table()]
    kind = kind_of_file(name)
    if kind is None:
        raise ValueError(f"{name} of {stage.name} has no layout")
    title = f"`{shown_file(name)}`{_when(stage, name)}"
    summary = (kind.__doc__ or "").partition("\n")[0].replace("``", "`")
    first, file = first_maker(kind)
    lines = ["", f"### {name.removeprefix(PATCH)}", ""]
    if first is not stage:
        link = f"{first.name}.md#{anchor_of_file(file)}"
        return [*lines, f"{title}: [the same variables]({link}), for the pixels here."]
    return [*lines, f"{title}. {summary}", "", *variable_table(kind)]


def _point_table() -> list[str]:
    """Describe the table of points."""
    columns = [
        f"| `{n}` | {c.dtype} | point | {c.unit} | {c.meaning} |" for n, c in COLUMNS.items()
    ]
    layers = [
        f"| `{name}` | float32 | {'point' if letter == 'm' else 'point x time'} | mm | {meaning}; "
        f"letter `{letter}` |"
        for letter, (name, meaning) in LAYER_NAMES.items()
    ]
    return [
        "`products/ps.h5`. NetCDF-4 with CF conventions (discrete sampling `timeSeries`): opens in "
        "xarray, in MATLAB with `ncread`, in Panoply.", "",
        "| variable | class | dimensions | unit | meaning |", "|---|---|---|---|---|",
        *columns,
        "| `time` | int64 | time | days since 1970-01-01 | dates that are not dropped, reference "
        "image included |",
        "| `displacement` | float32 | point x time | mm | displacement without the parts of "
        "`products.value_type`, relative to the reference image and area |",
        *layers,
        "| `surface`, `plane_of_*` | float64 | point x term, term x time | mm | terms of the plane "
        "at each point, and its coefficients for each layer |",
        "| `is_reference` | int8 | point | 1 | 1 = point of the reference area |",
        "| `perpendicular_baseline`, `interferogram_noise` | float64 | time | m, degree | of the "
        "dates |",
    ]  # fmt: skip


def _when(stage: Stage, name: str) -> str:
    """Say which stacks have a file."""
    base = name.removeprefix(PATCH).removesuffix(".mat").rstrip("12")
    if base in ANGLES:
        return " for ISCE" if base == "inc" else ", not for ISCE"
    if name not in all_files(stage.all_outputs):
        return " of small baselines"
    return ", if the stack has it" if name in stage.optional_outputs else ""


def first_maker(kind: type) -> tuple[Stage, str]:
    """Give the stage that first writes a file of a layout, and the file."""
    made = (
        (stage, name)
        for stage in (*STAGES, *ACCURATE)
        for name in all_files(stage.outputs_of_all_modes)
    )
    return next((stage, name) for stage, name in made if kind_of_file(name) is kind)


def all_files(names: Iterable[str]) -> list[str]:
    """Give the files that names of the table stand for, one for each angle."""
    return [shown for name in names for shown in with_angles(name)]


def anchor_of_file(name: str) -> str:
    """Give the anchor of the section about a file on the page of the stage that writes it."""
    return shown_file(name).rpartition("/")[2].replace(".", "")


def variable_table(kind: type) -> list[str]:
    """Give the variables of a layout as they stand in the file."""
    layout = LAYOUTS[kind]
    meanings = field_meanings(kind)
    rows = [
        f"| `{v.name}` | {_class(v)} | {_size(v)} | {_in_the_file(v, meanings[field])}"
        f"{' May be missing.' if v.optional else ''} |"
        for field, v in layout.fields.items()
    ]
    sizes = ", ".join(f"`{name}`" for name in layout.derived)
    rows += [f"| {sizes} | | 1 x 1 | Sizes. |"] if sizes else []
    return ["| variable | class | size | meaning and unit |", "|---|---|---|---|", *rows]


def field_meanings(kind: type) -> dict[str, str]:
    """Give the meaning of every field from the docstring of a class of the model."""
    body = cleandoc(kind.__doc__ or "").partition("----------\n")[2]
    entries = re.findall(r"^(\S.*?) : (.*(?:\n    .*)*)", body, flags=re.MULTILINE)
    found = {}
    for names, text in entries:
        meaning = _CLASS_AND_SHAPE.sub("", " ".join(text.split()), count=1)
        for name in names.split(", "):
            found[name] = meaning.replace("``", "`")
    return found


def _in_the_file(variable: Variable, meaning: str) -> str:
    """Give the meaning of a field as it stands in the file, where indices count from 1."""
    if variable.one_based:
        meaning = f"{re.sub('0-based:? ', '', meaning)}; from 1"
    return f"{meaning[:1].upper()}{meaning[1:]}."


def _class(variable: Variable) -> str:
    if variable.kind == "text":
        return "char"
    if variable.dtype is None:
        return "single or double"
    name = variable.dtype.__name__.rstrip("_")
    complexity = "complex " if name.startswith("complex") else ""
    sparse = "sparse " if variable.kind == "sparse" else ""
    return f"{sparse}{complexity}{_CLASSES[name]}"


def _size(variable: Variable) -> str:
    sizes = variable.dims.split()
    shapes = {"column": [*sizes, "1"], "row": ["1", *sizes], "text": ["1", "n"]}
    shape = shapes.get(variable.kind, sizes or ["1", "1"])
    return f"{' x '.join(shape)}{' or empty' if variable.or_empty else ''}"

"""Every stage has a page that helps: text by hand, facts from the tables, examples that run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trees import CHECKOUT

from artifact_tables import field_meanings
from pystamps.audit.fingerprint import code_of_stage
from pystamps.config.groups import settings_of_group
from pystamps.io.artifacts import artifact_name
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import write_mat
from pystamps.parameters import stamps_names_of_stage
from pystamps.parameters.values import PARAMETER_INFO
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.stage_table import ACCURATE, PREPARATION, STAGES, Stage
from pystamps_kernels import KERNELS
from stage_pages import DESCRIBED, FOLDER, page_of

EACH = pytest.mark.parametrize("stage", DESCRIBED, ids=lambda stage: stage.name)
ONE_PATCH = changed_scene(
    PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 60, "samples": 80}
)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
OF_NO_STAGE_ALONE = {"small_baseline_flag"}


def parts_of(stage: Stage) -> tuple[str, str]:
    """Give the text by hand and the facts of a page."""
    text, _, facts = page_of(stage).read_text().partition("<!-- facts")
    return text, facts


def section(facts: str, title: str) -> str:
    """Give a section of the facts; nothing where the stage has none of it."""
    return facts.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_stage_has_a_page_and_every_page_a_stage() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} - {"README"} == {s.name for s in DESCRIBED}
    assert (PREPARATION, *STAGES, *ACCURATE) == DESCRIBED
    index = (FOLDER / "README.md").read_text()
    assert all(f"({stage.name}.md)" in index for stage in DESCRIBED)


@EACH
def test_a_page_says_what_the_stage_does_when_to_worry_and_what_to_change(stage: Stage) -> None:
    text, _ = parts_of(stage)
    assert text.startswith("# ")
    assert "**When to worry.**" in text and "**What to change first.**" in text
    assert len(text.split()) > 100
    assert "StaMPS" in text


@EACH
def test_parameters_that_the_text_names_are_those_of_the_stage(stage: Stage) -> None:
    advice = parts_of(stage)[0].partition("**What to change first.**")[2]
    named = set(re.findall(r"`([a-z][a-z_]+)(?::[^`]*)?`", advice)) & PARAMETER_INFO.keys()
    own = set(stamps_names_of_stage(stage.parameter_stage)) if stage.parameter_stage else set()
    elsewhere = {"drop_ifg_index", "heading", "insar_processor", "merge_resample_size"}
    own |= {*stage.parameters}
    assert named <= own | elsewhere
    if own - OF_NO_STAGE_ALONE:
        assert named & own


@EACH
def test_the_facts_of_a_page_are_complete(stage: Stage) -> None:
    _, facts = parts_of(stage)
    parameters = set(re.findall(r"^\| `(\w+)`", section(facts, "Parameters"), re.MULTILINE))
    number = stage.parameter_stage
    own = set(() if number is None else stamps_names_of_stage(number))
    assert parameters == own | set(stage.parameters)
    settings = section(facts, "Switches and programs")
    switches = set(re.findall(r"`(?:accuracy|compat|method|tools|products)\.(\w+)`", settings))
    assert switches == {
        *stage.compat,
        *stage.method,
        *stage.tools,
        *stage.products,
        *stage.accuracy,
    }
    if stage is PREPARATION:
        raw = [setting.key for setting in settings_of_group("dataset.raw")]
        assert re.findall(r"`(dataset\.raw\.\w+)`", section(facts, "Parameters")) == raw
    kernels = set(re.findall(r"\[`(\w+)`\]", section(facts, "Kernels")))
    assert kernels == set(code_of_stage(stage.name).kernels) <= set(KERNELS)
    assert stage.entry_point.split(":")[1] in section(facts, "In the code, and in StaMPS")
    assert "in StaMPS, " in section(facts, "In the code, and in StaMPS")


def test_every_variable_of_every_file_has_a_meaning() -> None:
    without = [
        f"{kind.__name__}.{field}"
        for kind, layout in LAYOUTS.items()
        for field in layout.fields
        if not field_meanings(kind).get(field)
    ]
    assert not without, f"{without}: say what it is in the docstring of pystamps.model"


def test_the_pages_describe_every_kind_of_file_once() -> None:
    pages = "".join(page_of(stage).read_text() for stage in DESCRIBED)
    assert pages.count("| variable | class | size | meaning and unit |") == len(LAYOUTS)
    assert all(f"### {artifact_name(kind)[:-4]}" in pages for kind in LAYOUTS)


def test_a_meaning_is_what_follows_class_and_shape() -> None:
    class Example:
        """An example.

        Attributes
        ----------
        a : float64, (n_ps, 2) or (0, 0): values ``b``, in m
        b, c : int, first of
            two lines
        """

    # Python 3.13 takes the margin off a docstring; earlier ones keep it.
    assert field_meanings(Example) == {
        "a": "values `b`, in m",
        "b": "first of two lines",
        "c": "first of two lines",
    }


def test_the_python_of_the_pages_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate_dataset(tmp_path / "D", ONE_PATCH)
    write_mat(tmp_path / "D" / "localparms.mat", {"unwrap_grid_size": 100.0})
    monkeypatch.chdir(tmp_path)
    for stage in STAGES:
        (code,) = PYTHON.findall(page_of(stage).read_text())
        exec(compile(code, str(page_of(stage)), "exec"), {})
        assert stage.marker in capsys.readouterr().out, stage.name


def test_links_to_sections_lead_there() -> None:
    for page in FOLDER.glob("*.md"):
        for file, anchor in re.findall(r"\]\(([\w./]*\.md)#([^)]*)\)", page.read_text()):
            target = (page.parent / file).resolve()
            assert target.is_relative_to(CHECKOUT)
            titles = re.findall(r"^#+ (.*)$", target.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}
            assert anchor in anchors, f"{page.name}: {file}#{anchor}"

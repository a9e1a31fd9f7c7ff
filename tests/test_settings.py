"""Settings: each states default, meaning, unit and limits at its field, and all else follows."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from trees import CHECKOUT

from pystamps.config import RunConfig
from pystamps.config.groups import GROUPS, all_settings, named_setting
from pystamps.config.schema import allowed_in_words, configuration_schema, setting_schema
from pystamps.config.setting import Setting, TextForm, setting, settings_of_class
from pystamps.config.yaml_values import yaml_value
from pystamps.errors import ParameterError
from pystamps.io.mat import save_mat
from pystamps.stage_table import STAGES, TROPOSPHERE
from pystamps_kernels import KERNELS

EACH_SETTING = pytest.mark.parametrize("item", all_settings(), ids=lambda item: item.key)

UNIT_OF_ENDING = {"mb": "MB", "rad": "rad", "m": "m", "deg": "deg", "days": "days"}
NUMBERS_WITHOUT_UNIT = (
    *("threshold", "unwrap_iterations", "unwrap_workers", "native_threads", "relative", "alpha"),
    *("windows", "kept_band"),
)
NUMBERS_WITHOUT_LIMIT = ("threshold",)
FREE_TEXTS = ("area", "deforming_area", "snaphu")


def missing_facts(item: Setting) -> list[str]:
    """Say what the field of a setting should state and does not."""
    is_number, info = item.type in (int, float), item.info
    wanted_unit = UNIT_OF_ENDING.get(item.name.rpartition("_")[2], info.unit)
    is_said = {
        "meaning": info.meaning.endswith(".") and "\n" not in info.meaning,
        "unit": info.unit == wanted_unit
        and (not is_number or bool(info.unit) != (item.name in NUMBERS_WITHOUT_UNIT)),
        "limits": (not is_number or info.minimum > -math.inf or item.name in NUMBERS_WITHOUT_LIMIT)
        and (item.type is not str or bool(info.choices or info.form) != (item.name in FREE_TEXTS)),
    }
    return [fact for fact, is_there in is_said.items() if not is_there]


@EACH_SETTING
def test_a_setting_states_meaning_unit_and_limits_at_its_field(item: Setting) -> None:
    assert missing_facts(item) == []


def test_a_field_that_states_too_little_is_seen() -> None:
    @dataclasses.dataclass
    class Plain:
        width: int = 3

    @dataclasses.dataclass
    class Poor:
        wait_days: float = setting(1.0, "Time to wait.", minimum=0)
        count: int = setting(3, "Number of passes.", unit="passes")
        method: str = setting("a", "How it is done.")
        title: str = setting("a", "No sentence", choices=("a", "b"))

    with pytest.raises(TypeError, match=r"Plain\.width: a setting without meaning and limits"):
        settings_of_class(Plain, group="g")
    found = {item.name: missing_facts(item) for item in settings_of_class(Poor, group="g")}
    assert found == {
        "wait_days": ["unit"],
        "count": ["limits"],
        "method": ["limits"],
        "title": ["meaning"],
    }


@pytest.mark.parametrize(
    ("default", "meaning", "limits"),
    [
        (1, "", {}),
        (1, "Size.", {"minimum": 2}),
        ("c", "Kind.", {"choices": ("a", "b")}),
        ("c", "Day.", {"form": TextForm(r"\d+", "a number")}),
    ],
)
def test_a_field_without_meaning_or_with_a_default_outside_its_limits_is_refused(
    default: Any, meaning: str, limits: dict[str, Any]
) -> None:
    with pytest.raises(
        ValueError, match=r"needs a meaning|outside the limits|is not among|does not look like"
    ):
        setting(default, meaning, **limits)


def wrong_values(item: Setting) -> Iterator[tuple[Any, str]]:
    """Give values that a setting must not take, and what the message says is expected."""
    info = item.info
    choices = re.escape(f"one of {', '.join(info.choices)}")
    if info.names:
        yield {info.names[0]: "fastest"}, choices
        yield {"no_such_name": info.choices[0]}, "known are"
    elif info.choices:
        yield "none of them", choices
    elif item.type is bool:
        yield "n", "true or false"
    elif item.type in (int, float):
        kind = "a whole number" if item.type is int else "a number"
        yield "many", kind
        if info.minimum > -math.inf:
            yield info.minimum - 1, f"{kind} >= {info.minimum:g}"
    elif item.type is str:
        expected = re.escape(info.form.words) if info.form else "a text"
        yield [1], expected
        if info.form:
            yield "2 by 3", expected
        if not info.may_be_empty:
            yield "", expected
    else:
        yield 3, "a text or null"


@pytest.mark.parametrize(
    ("item", "wrong", "expected"),
    [
        pytest.param(item, wrong, expected, id=f"{item.key}={wrong}")
        for item in all_settings()
        for wrong, expected in wrong_values(item)
    ],
)
def test_a_value_outside_the_limits_is_refused_with_key_found_and_expected(
    item: Setting, wrong: Any, expected: str
) -> None:
    group = {item.name: wrong}
    given = {"dataset": {"raw": group}} if item.group == "dataset.raw" else {item.group: group}
    with pytest.raises(ParameterError, match=expected) as caught:
        RunConfig.from_mapping(given, source="c")
    message = str(caught.value)
    assert message.startswith("c: ") and "\n" not in message
    assert item.key in message
    assert isinstance(wrong, dict) or repr(wrong) in message


@EACH_SETTING
def test_the_default_is_the_same_everywhere(item: Setting) -> None:
    schema: dict[str, Any] = configuration_schema()["properties"]
    schema |= {"dataset.raw": schema["dataset"]["anyOf"][1]["properties"]["raw"]}
    written = yaml.safe_load((CHECKOUT / "config" / "config.yaml").read_text())
    written |= {"dataset.raw": written["dataset"]["raw"]}
    default = yaml_value(item.default)
    assert written[item.group][item.name] == default
    if not item.info.names:
        assert schema[item.group]["properties"][item.name]["default"] == default
    rows = (CHECKOUT / "config" / "README.md").read_text().splitlines()
    (row,) = (line for line in rows if line.startswith(f"| `{item.key}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert yaml.safe_load(cells[1].strip("`")) == default
    assert cells[2] == item.info.unit
    assert cells[4] == item.info.meaning.rstrip(".")
    assert cells[3] == allowed_in_words(setting_schema(item))
    if item.info.minimum > -math.inf:
        assert f">= {item.info.minimum:g}" in cells[3]


def test_the_fields_of_a_configuration_are_the_groups() -> None:
    config = RunConfig()
    owners = {key.rpartition(".")[2]: group.owner for key, group in GROUPS.items()}
    others = {item.name for item in dataclasses.fields(RunConfig)} - owners.keys()
    assert others == {"dataset", "stamps"}
    assert {name: type(getattr(config, name)) for name in owners} == owners


def test_choices_are_those_of_the_code_that_knows_them() -> None:
    assert named_setting("kernels.kernel_backend_overrides").info.names == tuple(KERNELS)


def test_every_mat_version_that_may_be_set_can_be_written(tmp_path: Path) -> None:
    versions = named_setting("runtime.mat_version").info.choices
    for version in versions:
        save_mat(tmp_path / f"{version}.mat", {"a": np.ones((2, 2))}, version=version)
    with pytest.raises(ValueError, match=re.escape(" or ".join(map(repr, versions)))):
        save_mat(tmp_path / "wrong.mat", {"a": np.ones((2, 2))}, version="6")


def test_a_switch_says_the_stage_that_it_concerns() -> None:
    """The stage table knows which stages it changes; the sentence for people begins with them."""
    switches = [s for s in all_settings() if s.group == "compat" and s.type is bool]
    for key, item in ((item.key, item) for item in switches):
        steps = {stage.step for stage in (*STAGES, TROPOSPHERE) if item.name in stage.compat}
        assert steps, f"{key}: no stage uses it"
        said = re.match(r"Stages? (\d(?: and \d)*)\b", item.info.meaning)
        assert said and {int(step) for step in said[1].split(" and ")} == steps, f"{key}: {steps}"


def test_no_docstring_is_read_and_arrows_go_down() -> None:
    order = (
        *(
            "setting",
            "accuracy_settings",
            "groups",
            "yaml_bounds",
            "yaml_files",
            "yaml_values",
            "schema",
            "problems",
        ),
        *("earlier_kinds", "earlier", "combinations", "checks", "run"),
    )
    folder = Path(__file__).parent.parent / "pystamps" / "config"
    assert {path.stem for path in folder.glob("*.py")} == {*order, "__init__"}
    for name in order:
        text = (folder / f"{name}.py").read_text()
        assert "__doc__" not in text and "inspect" not in text
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pystamps.config"):
                below = str(node.module).rpartition(".")[2]
                assert order.index(below) < order.index(name), f"{name} imports {below}"

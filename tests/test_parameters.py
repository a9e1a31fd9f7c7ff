"""The parameter table and the conversion of values."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import pystamps
from pystamps.config.schema import configuration_schema
from pystamps.errors import ParameterError, UnsupportedError
from pystamps.parameters import (
    PRODUCTS,
    Parameters,
    default_parameters,
    parameter_table,
    stamps_names_of_stage,
)
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.overrides import (
    full_name,
    parse_overrides,
)
from pystamps.parameters.values import (
    PARAMETER_INFO,
    default_text,
    describe_parameters,
    matlab_value,
    parse_value,
    shown_value,
    stamps_value,
)

PACKAGE = Path(pystamps.__file__).parent


def test_an_exact_name_wins_over_longer_ones() -> None:
    assert full_name("heading", source="s") == "heading"
    assert full_name("scla_deramp", source="s") == "scla_deramp"
    assert full_name("unwrap_gr", source="s") == "unwrap_grid_size"
    for wrong in ("unwrap_", "", "Created", "lambda_"):
        with pytest.raises(ParameterError):
            full_name(wrong, source="s")


def test_every_default_passes_its_own_check() -> None:
    for defaults in (default_parameters(), default_parameters(small_baseline=True)):
        for name, field_name, _, _ in parameter_table():
            value = getattr(defaults, field_name)
            if value == value:  # NaN: no default
                assert parse_value(name, matlab_value(value), source="s") == value


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("weed_neighbours", "Y", True),
        ("weed_neighbours", "no", False),
        ("weed_neighbours", True, True),
        ("weed_max_noise", "Inf", np.inf),
        ("weed_max_noise", "1e-1", 0.1),
        ("ref_radius", "-Inf", -np.inf),
        ("clap_win", np.array([[64.0]]), 64),
        ("clap_win", "64", 64),
        ("filter_weighting", "p-SQUARE", "P-square"),
        ("drop_ifg_index", 3, (3,)),
        ("drop_ifg_index", "[3 7]", (3, 7)),
        ("drop_ifg_index", "3, 7", (3, 7)),
        ("drop_ifg_index", [], ()),
        ("drop_ifg_index", np.array([[3.0, 7.0]]), (3, 7)),
        ("scn_deramp_ifg", "ALL", "all"),
        ("ref_lon", [1, "Inf"], (1.0, np.inf)),
        ("ref_x", [], ()),
        ("platform", " ENVISAT ", "ENVISAT"),
    ],
)
def test_values_are_read_as_people_and_files_write_them(name: str, raw: Any, value: Any) -> None:
    found = parse_value(name, raw, source="s")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("weed_neighbours", 1),
        ("weed_neighbours", ""),
        ("weed_time_win", "many"),
        ("weed_time_win", [1, 2]),
        ("weed_time_win", {}),
        ("weed_time_win", False),
        ("percent_rand", 101),
        ("gamma_max_iterations", 2.5),
        ("gamma_max_iterations", "Inf"),
        ("drop_ifg_index", [0]),
        ("drop_ifg_index", "all"),
        ("drop_ifg_index", [np.inf]),
        ("ref_lon", []),
        ("ref_lon", [1, np.nan]),
        ("insar_processor", "roipac"),
        ("platform", 3),
        ("lambda", 0),
    ],
)
def test_values_that_are_not_allowed_are_refused_with_their_source(name: str, raw: Any) -> None:
    with pytest.raises(ParameterError, match=r"^here: .*expected"):
        parse_value(name, raw, source="here")


def test_values_are_shown_as_stamps_shows_them() -> None:
    assert shown_value(True) == "y"
    assert shown_value((-np.inf, np.inf)) == "[-Inf Inf]"
    assert shown_value(0.055465759531382094) == "0.055465759531382094"
    assert shown_value(730.0) == "730"


def test_stages_know_their_parameters() -> None:
    assert "weed_standard_dev" in stamps_names_of_stage(4)
    assert "lambda" in stamps_names_of_stage(2)
    assert "weed_standard_dev" not in stamps_names_of_stage(3)
    assert all("small_baseline_flag" in stamps_names_of_stage(stage) for stage in range(1, 9))


def test_every_parameter_is_described_in_one_line() -> None:
    assert [d.name for d in describe_parameters()] == list(PARAMETER_INFO)
    for d in describe_parameters():
        assert d.meaning
        assert d.default
        assert "\n" not in d.meaning + d.allowed
    assert default_text(PARAMETER_INFO["density_rand"], 20.0) == "20 (SB 2)"


NUMBERS_WITHOUT_UNIT = {
    "gamma_change_convergence", "gamma_max_iterations", "slc_osf", "clap_alpha", "clap_beta",
    "gamma_stdev_reject", "unwrap_gold_alpha", "unwrap_alpha", "n_cores", "plot_pixels_scatterer",
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETER_INFO)
def test_a_number_has_a_unit_or_is_known_to_have_none(name: str) -> None:
    info = PARAMETER_INFO[name]
    if info.kind in ("number", "integer", "vector"):
        assert bool(info.unit) != (name in NUMBERS_WITHOUT_UNIT)


@pytest.mark.parametrize("name", PARAMETER_INFO)
def test_a_value_outside_the_limits_of_a_parameter_is_refused(name: str) -> None:
    info = PARAMETER_INFO[name]
    wrong: list[Any] = [{}]
    if info.minimum > -np.inf:
        wrong.append(info.minimum if info.is_minimum_excluded else info.minimum - 1)
    if info.maximum < np.inf:
        wrong.append(info.maximum + 1)
    if info.multiple_of > 1:
        wrong.append(info.minimum + 1)
    if info.choices:
        wrong.append("none of them")
    if info.length:
        wrong.append([1.0] * (info.length + 1))
    for value in wrong:
        with pytest.raises(ParameterError, match=r"^here: .*expected"):
            parse_value(name, value, source="here")


SAMPLES: list[Any] = [-1e9, -1, 0, 0.5, 1, 2.5, 7, 8, 32, 100, 101, 361, 1e9, "Inf", "-Inf", "nan"]
SAMPLES += [None, "y", "n", True, False, [], [0], [1], [1.5], [1, 2], [3, "Inf"], [1, 2, 3], "all"]
SAMPLES += ["text", "", "density", "DENSITY", "yes", "2D", "L1", "snap"]


@pytest.mark.parametrize("name", PARAMETER_INFO)
def test_schema_and_conversion_allow_the_same_values(name: str) -> None:
    """Both follow from the table; editors ask the schema, and what is converted has to pass it."""
    schema = configuration_schema()["properties"]["stamps"]["properties"][name]
    allowed = Draft202012Validator(schema).is_valid
    for value in SAMPLES:
        try:
            parsed = parse_overrides({name: value}).get(name)
        except ParameterError:
            assert not allowed(value), f"{value!r} passes the schema only"
            continue
        written = "nan" if parsed is None else stamps_value(parsed)
        assert allowed(None if value is None else written), f"{value!r} is converted only"


def test_what_nothing_reads_is_refused_with_what_to_do_instead() -> None:
    parameters = dataclasses.replace(Parameters(), insar_processor="gsar")
    refuse_unsupported(parameters)
    with pytest.raises(UnsupportedError, match="set small_baseline_flag to n"):
        refuse_unsupported(dataclasses.replace(parameters, small_baseline_flag=True))
    described = {item.name: item.allowed for item in describe_parameters()}
    assert "gsar" in described["insar_processor"]


def _fields_used(path: Path) -> set[str]:
    """Parameters that a module reads as ``parameters.<name>`` or ``job.parameters.<name>``."""
    names = {item.name for item in dataclasses.fields(Parameters)}
    used = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in names:
            owner = node.value
            label = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if label == "parameters":
                used.add(node.attr.rstrip("_"))
    return used


@pytest.mark.parametrize("stage", range(1, PRODUCTS))
def test_a_stage_reads_only_parameters_that_the_table_gives_it(stage: int) -> None:
    """Snakemake reruns a stage when one of these changes, so that none may be missing."""
    modules = [
        *PACKAGE.glob(f"stages/stage{stage}_*.py"),
        *PACKAGE.glob(f"pipeline/entry/stage{stage}*.py"),
    ]
    used = set().union(*(_fields_used(path) for path in modules)) if modules else set()
    assert used <= set(stamps_names_of_stage(stage))

"""The configuration: checks, messages, generated files."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from pystamps.config import RunConfig, checks
from pystamps.config.groups import all_settings
from pystamps.config.schema import configuration_schema
from pystamps.errors import ParameterError
from pystamps.resources import workflow_directory

CHECKOUT = Path(__file__).resolve().parent.parent


def generator() -> ModuleType:
    path = CHECKOUT / "scripts" / "generate_tables.py"
    spec = importlib.util.spec_from_file_location("generate_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_up_to_date() -> None:
    module = generator()
    outdated = [
        p.name for p, text in module.generated_files().items() if not module.is_current(p, text)
    ]
    assert not outdated, "run python scripts/generate_tables.py"


def test_the_configuration_file_holds_every_setting_with_its_default() -> None:
    found = yaml.safe_load((CHECKOUT / "config" / "config.yaml").read_text())
    schema = configuration_schema()["properties"]
    assert found.keys() == schema.keys()
    assert found["stamps"].keys() == schema["stamps"]["properties"].keys()
    config = RunConfig.from_file(CHECKOUT / "config" / "config.yaml")
    assert config.dataset == Path("demo/dataset").absolute()
    assert config == RunConfig(dataset=config.dataset)


def test_every_setting_has_a_meaning() -> None:
    assert not [setting.key for setting in all_settings() if not setting.info.meaning]


def test_the_schema_is_valid_and_refuses_unknown_keys_everywhere() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(configuration_schema())
    for group in configuration_schema()["properties"].values():
        assert group.get("additionalProperties") is False or "anyOf" in group


def test_a_configuration_survives_the_round_trip_through_yaml() -> None:
    config = RunConfig.from_mapping(
        {
            "dataset": {"path": "/data/x"},
            "stamps": {"drop": [3, 7], "ref_radius": "Inf", "clap_alpha": "nan", "weed_zero": True},
            "runtime": {"raw_root": "/raw", "mat_version": 7.3},
            "kernels": {"kernel_backend_overrides": {"stage2_topofit": "python"}},
            "compat": {"wild_positions_kept": False},
        }
    )
    again = RunConfig.from_mapping(yaml.safe_load(yaml.safe_dump(config.to_mapping())))
    assert again == config
    assert again.stamps["drop_ifg_index"] == [3, 7]
    assert again.runtime.mat_version == "7.3"
    assert again.kernel_choice.backend_of("stage2_topofit") == "python"


def test_the_defaults_survive_the_round_trip() -> None:
    config = RunConfig.from_mapping({})
    assert RunConfig.from_mapping(config.to_mapping()) == config


def test_the_data_set_may_be_given_as_a_plain_text() -> None:
    assert RunConfig.from_mapping({"dataset": "here"}).dataset == Path("here").absolute()


@pytest.mark.parametrize(
    "given",
    [
        {"dataset": "here"},
        {"dataset": {"path": "here"}, "runtime": {"mat_version": 5, "raw_root": None}},
        {**RunConfig().to_mapping(), "dataset": "here"},
    ],
)
def test_a_configuration_of_defaults_is_known_to_be_right_without_its_schema(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(checks, "_schema_problems")
    assert RunConfig.from_mapping(given) == RunConfig(dataset=Path("here").absolute())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dataset": ""}, "dataset"),
        ({"dataset": "here", "method": {"unwrap_iterations": True}}, r"method\.unwrap_iterations"),
        ({"dataset": "here", "compat": {"wild_positions_kept": 1}}, r"compat\.wild_positions"),
        ({"dataset": "here", "compat": {"wild_position_kept": True}}, r"compat\.wild_position"),
        ({"dataset": "here", "compat": True}, "compat"),
    ],
)
def test_what_only_looks_like_a_default_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        RunConfig.from_mapping(RunConfig().to_mapping() | given)


def test_empty_groups_and_null_values_mean_the_default() -> None:
    config = RunConfig.from_mapping({"stamps": None, "compat": {}, "kernels": {"backend": None}})
    assert config == RunConfig.from_mapping({})


def test_numbers_that_yaml_takes_for_text_are_numbers() -> None:
    found = yaml.safe_load("{tolerance: {relative: 1e-3}, stamps: {scn_time_win: 1e2}}")
    config = RunConfig.from_mapping(found)
    assert config.tolerance.relative == 1e-3
    assert config.stamps["scn_time_win"] == 100.0


def test_the_command_line_of_snakemake_may_give_settings_as_text() -> None:
    """It reads --config runtime={...} without the types of YAML."""
    text = {
        "runtime": {"io_workers": "2", "cpu_workers": "4"},
        "compat": {"wild_positions_kept": "false"},
        "stamps": {"clap_win": "64", "weed_neighbours": "y", "drop_ifg_index": ["3", "7"]},
    }
    found = RunConfig.from_mapping(text)
    assert (found.runtime.io_workers, found.runtime.cpu_workers) == (2, 4)
    assert found.compat.wild_positions_kept is False
    expected = {"clap_win": 64, "weed_neighbours": "y", "drop_ifg_index": [3, 7]}
    assert found.stamps == expected


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"stamp": {}}, r"^c: stamp: unknown key \(did you mean 'stamps'\?\)"),
        (
            {"runtime": {"memory_bugdet_mb": 9}},
            r"^c: runtime\.memory_bugdet_mb: .*memory_budget_mb",
        ),
        (
            {"runtime": {"memory_budget_mb": 9}},
            r"^c: runtime\.memory_budget_mb: 9 .* whole number >= 100",
        ),
        (
            {"stamps": {"weed_tim_win": 3}},
            r"^c: stamps\.weed_tim_win: .*did you mean 'weed_time_win'",
        ),
        ({"stamps": {"weed_": 3}}, r"^c: stamps\.weed_: parameter weed_\* is not unique"),
        ({"stamps": {"weed_time_win": 0}}, r"^c: stamps\.weed_time_win: 0 .* a number > 0"),
        ({"stamps": {"weed_time_win": True}}, r"^c: stamps\.weed_time_win: True"),
        ({"stamps": {"drop": [1], "drop_ifg_index": [2]}}, r"drop_ifg_index is given twice"),
        ({"stamps": {"unwrap_method": "4D"}}, r"one of 2D, 3D"),
        ({"stamps": {"clap_win": 20}}, r"a multiple of 8"),
        ({"stamps": [1]}, r"^c: stamps: \[1\] is not allowed; expected a group of settings"),
        (
            {"kernels": {"backend": "fast"}},
            r"^c: kernels\.backend: 'fast' .*auto, python, native, cuda",
        ),
        ({"kernels": {"kernel_backend_overrides": {"stage2_topofi": "cuda"}}}, r"stage2_topofit"),
        ({"tolerance": {"relative": "much"}}, r"^c: tolerance\.relative: 'much' .* a number >= 0"),
        ({"compat": {"wild_positions_kept": "n"}}, r"true or false"),
        ({"dataset": {"path": 3}}, r"^c: dataset\.path: 3 .* a text"),
        ({"dataset": 3}, r"^c: dataset: 3 .* a text or a group of settings"),
        ({"dataset": {"raw": {"paths": "x"}}}, r"^c: dataset\.raw\.paths: "),
        ({"dataset": {"raws": {}}}, r"^c: dataset\.raws: unknown key \(did you mean 'raw'\?\)"),
        ({"dataset": {"raw": {"master": "2018-06-24"}}}, r"raw\.master: .* YYYYMMDD or nothing"),
    ],
)
def test_a_wrong_setting_is_one_line_with_key_and_range(mapping: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        RunConfig.from_mapping(mapping, source="c")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["- 1\n", "a: [\n", "a: \x00\n"])
def test_a_file_that_is_no_configuration_is_refused_with_its_name(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=r"bad\.yaml: "):
        RunConfig.from_file(path)


def test_a_missing_file_is_refused_and_an_empty_one_is_the_default(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"none\.yaml: cannot be read"):
        RunConfig.from_file(tmp_path / "none.yaml")
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert RunConfig.from_file(tmp_path / "empty.yaml") == RunConfig.from_mapping({})


def test_relative_paths_count_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = RunConfig.from_mapping(
        {
            "dataset": {"path": "d"},
            "runtime": {"raw_root": "raw"},
            "tools": {"snaphu": "bin/snaphu"},
        }
    )
    assert found.dataset == tmp_path / "d"
    assert found.runtime.raw_root == tmp_path / "raw"
    assert found.tools.snaphu == str(tmp_path / "bin" / "snaphu")


def test_the_workflow_of_a_checkout_is_the_checkout() -> None:
    assert workflow_directory() == CHECKOUT


def test_the_preset_of_the_accuracy_modes_fills_in_what_is_left_at_its_default():
    given = {"accuracy": {"preset": "accurate", "orbit_plane": "none"}}
    config = RunConfig.from_mapping(given)
    assert config.accuracy.is_on and not RunConfig().accuracy.is_on
    assert (config.accuracy.modes.orbit_plane, config.accuracy.modes.scn_trend) == (
        *("none", "remove"),
    )
    assert RunConfig.from_mapping(config.to_mapping()) == config

"""Configuration files that were written for earlier versions work, and say what they are today."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pystamps.config import RunConfig, load_config
from pystamps.config.earlier import EARLIER_KEYS, SCHEDULE_WORDS
from pystamps.config.groups import all_settings, named_setting
from pystamps.config.yaml_files import refuse_misread_files
from pystamps.errors import ParameterError
from pystamps_kernels import KERNELS, backends_of

OVERRIDES = "kernels.kernel_backend_overrides"
THE_EIGHT = (
    *("stage2_grid_accumulate", "stage2_histogram", "stage2_topofit"),
    *("stage2_topofit_row_invariant", "stage2_topofit_coh_row_invariant"),
    *("stage4_edge_stats", "stage7_scla", "stage8_edge_noise"),
)
COMPLETE = f"""
runtime:
  backend: auto
  stage2_kernel_backend: native
  stage2_native_threads: 0
  stage2_patch_backend_overrides: {{}}
  kernel_backend_overrides:
{"".join(f"    {name}: native{chr(10)}" for name in THE_EIGHT)}
  io_workers: 8
  cpu_workers: 0
  stage7_chunk_ps: 100000
  stage8_chunk_edges: 200000
  enable_mat_stage_cache: true
  stage2_checkpoint_mode: final
  stage2_checkpoint_interval: 1
  stage2_debug: false
  stage4_debug: false
tolerance:
  rtol: 1e-5
  atol: 1e-7
  wrap_equivalence: true
  wrap_period: 6.283185307179586
  wrap_keys: [ph_uw, ph, dph_noise, dph_space_uw]
tools: {{triangle: triangle, snaphu: snaphu}}
compat: {{reference_root: null, strict_reference: false}}
"""
"""Every key of earlier files."""

SAID = {
    "runtime.kernel_backend_overrides": rf"now {OVERRIDES}: \{{stage2_grid_accumulate: native, .*",
    "runtime.stage2_kernel_backend": rf"now {OVERRIDES}: .*stage2_clap_filter: native.*",
    "runtime.stage2_native_threads": r"now kernels\.native_threads: 0",
    "runtime.stage2_patch_backend_overrides": r"asks for nothing; .*one choice of backends.*",
    "runtime.enable_mat_stage_cache": r"has no effect any more; every stage is a job of its own.*",
    "runtime.stage2_checkpoint_mode": r"has no effect any more; stage 2 writes pm1\.mat when.*",
    "runtime.stage2_checkpoint_interval": r"has no effect any more; stage 2 writes .* once",
    "runtime.stage2_debug": r"has no effect any more; no stage writes debugging files",
    "runtime.stage4_debug": r"has no effect any more; no stage writes debugging files",
    "tolerance.rtol": r"now tolerance\.relative: 1e-5",
    "tolerance.atol": r"now tolerance\.absolute: 1e-7",
    "tolerance.wrap_equivalence": r"has no effect any more; `pystamps verify` knows.*",
    "tolerance.wrap_period": r"has no effect any more; .* a cycle is 2 pi",
    "tolerance.wrap_keys": r"has no effect any more; `pystamps verify` knows.*",
    "tools.triangle": r"no program is needed any more; .*tools\.delaunay: triangle",
    "tools.snaphu": r"now tools\.snaphu: auto",
    "compat.reference_root": r"asks for nothing while compat\.strict_reference is not true",
    "compat.strict_reference": r"now compat\.strict_reference_replay: DIRECTORY",
}
"""The line of the log for each key; the keys that are missing here are settings of today."""


def group_of(key: str, value: Any) -> dict[str, Any]:
    """Give a configuration that holds one key."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def merged(*mappings: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mapping in mappings:
        for group, settings in mapping.items():
            found[group] = {**found.get(group, {}), **settings}
    return found


def test_a_complete_earlier_file_is_accepted_with_one_line_for_each_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "earlier.yaml"
    path.write_text(COMPLETE)
    config = load_config(path)
    lines = [record.getMessage() for record in caplog.records]
    keys = [
        f"{group}.{name}" for group, found in yaml.safe_load(COMPLETE).items() for name in found
    ]
    today = {item.key for item in all_settings()} - {"tools.snaphu"}
    assert SAID.keys() == set(keys) - today
    assert len(lines) == len(SAID)
    for key, said in SAID.items():
        (line,) = (line for line in lines if line.startswith(f"{path}: {key}: "))
        assert re.fullmatch(said, line.removeprefix(f"{path}: {key}: ")), line
    assert config.runtime.io_workers == 8
    assert config.runtime.stage7_chunk_ps == 100_000
    assert config.runtime.stage8_chunk_edges == 200_000
    assert (config.tolerance.relative, config.tolerance.absolute) == (1e-5, 1e-7)
    assert {config.kernels.kernel_backend_overrides[name] for name in THE_EIGHT} == {"native"}


def test_the_command_line_of_snakemake_may_give_earlier_keys_as_text() -> None:
    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts(item) for key, item in value.items()}
        if isinstance(value, list):
            return [texts(item) for item in value]
        return "null" if value is None else json.dumps(value).strip('"')

    found = yaml.safe_load(COMPLETE)
    found["runtime"]["stage2_patch_backend_overrides"] = {}
    assert RunConfig.from_mapping(texts(found)) == RunConfig.from_mapping(found)


def test_what_was_translated_is_said_once_and_not_again(caplog: pytest.LogCaptureFixture) -> None:
    config = RunConfig.from_mapping(yaml.safe_load(COMPLETE))
    assert caplog.records
    caplog.clear()
    assert RunConfig.from_mapping(config.to_mapping()) == config
    assert not caplog.records


def test_a_file_of_today_is_not_commented(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    RunConfig.from_mapping(RunConfig().to_mapping())
    assert not caplog.records


def test_every_earlier_key_of_the_table_is_tried() -> None:
    assert {item.key for item in EARLIER_KEYS} == {
        *SAID, "runtime.backend", "kernels.backend", OVERRIDES
    }  # fmt: skip


def test_today_s_keys_of_the_table_exist() -> None:
    today = {item.key for item in all_settings()} | {"compat.strict_reference_replay"}
    assert {item.present for item in EARLIER_KEYS} - {""} <= today


@pytest.mark.parametrize(("word", "today"), SCHEDULE_WORDS.items())
def test_other_words_for_schedules_are_known(
    word: str, today: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = RunConfig.from_mapping({"runtime": {"backend": word}})
    assert config.runtime.backend == today
    assert f"runtime.backend: now runtime.backend: {today}" in caplog.text


@pytest.mark.parametrize("group", ["runtime", "kernels"])
@pytest.mark.parametrize("name", THE_EIGHT)
def test_all_eight_kernels_may_be_named_in_both_groups(group: str, name: str) -> None:
    for word, backend in (("cpu", "python"), ("python", "python"), ("native", "native")):
        given = {group: {"kernel_backend_overrides": {name: word}}}
        assert RunConfig.from_mapping(given).kernel_choice.wanted_for(name) == backend
    given = {group: {"kernel_backend_overrides": {name: "gpu"}}}
    assert RunConfig.from_mapping(given).kernels.kernel_backend_overrides == {name: "cuda"}


@pytest.mark.parametrize(
    ("word", "backend"), [("cpu", "python"), ("native", "native"), ("gpu", "cuda")]
)
def test_the_backend_of_stage_2_concerns_its_kernels_that_are_not_named(
    word: str, backend: str
) -> None:
    named = {"stage2_histogram": "native", "stage7_scla": "python"}
    config = RunConfig.from_mapping({
        "runtime": {"stage2_kernel_backend": word},
        "kernels": {"kernel_backend_overrides": named},
    })  # fmt: skip
    for kernel in KERNELS:
        expected = named.get(kernel, "auto")
        is_meant = kernel.startswith("stage2_") and backend in backends_of(kernel)
        if is_meant and kernel not in named:
            expected = backend
        assert config.kernel_choice.wanted_for(kernel) == expected, kernel


MOVED = {
    "runtime.stage2_native_threads": ("kernels.native_threads", 3, 2),
    "tolerance.rtol": ("tolerance.relative", "1e-3", 1e-2),
    "tolerance.atol": ("tolerance.absolute", 1e-3, 1e-2),
}


@pytest.mark.parametrize("key", MOVED)
def test_a_moved_key_has_the_value_of_today_s(key: str) -> None:
    present, value, other = MOVED[key]
    config = RunConfig.from_mapping(group_of(key, value))
    group, name = present.split(".")
    assert getattr(getattr(config, group), name) == float(value)
    same = merged(group_of(key, value), group_of(present, value))
    assert RunConfig.from_mapping(same) == config
    default = named_setting(present).default  # the workflow's own file says all defaults
    assert (
        RunConfig.from_mapping(merged(group_of(key, value), group_of(present, default))) == config
    )
    with pytest.raises(ParameterError, match=rf"^c: {key}: .*{present}: .*keep {present}"):
        RunConfig.from_mapping(merged(group_of(key, value), group_of(present, other)), source="c")


def test_a_wrong_value_is_refused_with_the_key_as_it_was_written() -> None:
    wanted = r"^c: runtime\.stage2_native_threads \(now kernels\.native_threads\): -1 .* >= 0$"
    with pytest.raises(ParameterError, match=wanted):
        RunConfig.from_mapping({"runtime": {"stage2_native_threads": -1}}, source="c")


def test_a_strict_reference_is_a_tree_to_replay(tmp_path: Path) -> None:
    given = {"compat": {"reference_root": str(tmp_path), "strict_reference": True}}
    assert RunConfig.from_mapping(given).compat.strict_reference_replay == tmp_path
    given["compat"] |= {"strict_reference": False}
    assert not RunConfig.from_mapping(given).compat.strict_reference_replay


ASKED_FOR = {
    "runtime.stage2_checkpoint_mode": ("periodic", "set it to final, and prepare smaller patches"),
    "runtime.stage2_checkpoint_interval": (0, "set it to a whole number >= 1"),
    "runtime.stage2_debug": (True, r"see logs/PATCH/stage2_gamma\.log"),
    "runtime.stage4_debug": (True, r"see logs/PATCH/stage4_weed\.log"),
    "runtime.enable_mat_stage_cache": ("often", "set it to true or false"),
    "runtime.stage2_patch_backend_overrides": ({"PATCH_1": "python"}, r"`pystamps stage 2 --patch"),
    "runtime.stage2_kernel_backend": ("fast", "expected one of auto, python, native, cuda"),
    "tolerance.wrap_equivalence": (False, "set it to true"),
    "tolerance.wrap_period": (1.0, r"set it to 6\.28"),
    "tolerance.wrap_keys": (["ph_uw"], r"set it to \[ph_uw, ph, dph_noise, dph_space_uw\]"),
    "tools.triangle": ("/opt/triangle", r"set tools\.delaunay: triangle"),
    "compat.strict_reference": (True, r"without compat\.reference_root; name the tree"),
}


@pytest.mark.parametrize("key", ASKED_FOR)
def test_what_is_not_done_any_more_is_refused_with_the_reason(key: str) -> None:
    value, reason = ASKED_FOR[key]
    with pytest.raises(ParameterError, match=rf"^c: {key}: .*{reason}"):
        RunConfig.from_mapping(group_of(key, value), source="c")


CONTRADICTIONS: list[tuple[list[tuple[str, Any]], str]] = [
    (
        [("runtime.backend", "gpu"), ("runtime.stage2_kernel_backend", "python")],
        r"runtime\.stage2_kernel_backend: python contradicts runtime\.backend: gpu",
    ),
    (
        [("runtime.backend", "gpu"), ("kernels.backend", "native")],
        r"kernels\.backend: native contradicts runtime\.backend: gpu",
    ),
    (
        [("runtime.backend", "gpu"), ("runtime.kernel_backend_overrides", {"stage7_scla": "cpu"})],
        r"runtime\.kernel_backend_overrides\.stage7_scla: python contradicts runtime\.backend: gpu",
    ),
    (
        [("runtime.backend", "native"), (OVERRIDES, {"stage7_scla": "gpu"})],
        r"kernels\.kernel_backend_overrides\.stage7_scla: cuda contradicts runtime\.backend: nat",
    ),
    (
        [("runtime.backend", "native"), ("kernels.backend", "cpu")],
        r"kernels\.backend: python contradicts runtime\.backend: native",
    ),
    (
        [("runtime.stage2_native_threads", 4), ("runtime.stage2_kernel_backend", "python")],
        r"runtime\.stage2_native_threads: 4 threads of native kernels, but no kernel of stage 2",
    ),
    (
        [("runtime.stage2_native_threads", 4), ("kernels.backend", "cpu")],
        r"runtime\.stage2_native_threads: 4 threads of native kernels, but no kernel of stage 2",
    ),
    (
        [("runtime.stage2_native_threads", 4), ("runtime.cpu_workers", 2)],
        r"runtime\.stage2_native_threads \(now kernels\.native_threads\): 4 are more than the 2",
    ),
    (
        [("runtime.unwrap_workers", 4), ("runtime.cpu_workers", 2)],
        r"runtime\.unwrap_workers: 4 are more than the 2 cores of runtime\.cpu_workers",
    ),
    (
        [
            ("runtime.kernel_backend_overrides", {"stage7_scla": "cpu"}),
            (OVERRIDES, {"stage7_scla": "native"}),
        ],
        r"runtime\.kernel_backend_overrides: stage7_scla: 'cpu' and kernels\..*contradict",
    ),
    (
        [("compat.reference_root", None), ("compat.strict_reference", True)],
        r"compat\.reference_root: null, but compat\.strict_reference is true",
    ),
]


@pytest.mark.parametrize(("keys", "message"), CONTRADICTIONS)
def test_keys_that_contradict_each_other_are_refused_by_name(
    keys: list[tuple[str, Any]], message: str
) -> None:
    for key, value in keys[:1]:  # each by itself makes sense
        RunConfig.from_mapping(group_of(key, value))
    with pytest.raises(ParameterError, match=f"^c: {message}"):
        RunConfig.from_mapping(merged(*(group_of(*item) for item in keys)), source="c")


@pytest.mark.parametrize(("schedule", "backend"), [("gpu", "cuda"), ("native", "native")])
def test_a_schedule_may_decide_about_all_kernels(schedule: str, backend: str) -> None:
    given = {"runtime": {"backend": schedule}, "kernels": {
        "kernel_backend_overrides": {"stage7_scla": "auto"}}}  # fmt: skip
    choice = RunConfig.from_mapping(given).kernel_choice
    for kernel in KERNELS:
        assert choice.wanted_for(kernel) == (backend if backend in backends_of(kernel) else "auto")
    assert choice.names_a_device() == (schedule == "gpu")


def test_an_unknown_kernel_is_named_where_it_was_written() -> None:
    wanted = (
        r"^c: runtime\.kernel_backend_overrides\.stage7_skla: unknown key \(did you mean 'stage7"
    )
    with pytest.raises(ParameterError, match=wanted):
        given = {"runtime": {"kernel_backend_overrides": {"stage7_skla": "native"}}}
        RunConfig.from_mapping(given, source="c")


WRONG = """
runtime: {memory_bugdet_mb: 500, io_workers: -1, native_threads: 2, stage2_debug: true}
stamp: {}
unwrap_grid_size: 100
kernels: {stage7_scla: native, kernel_backend_overrides: {stage7_skla: native}}
stamps: {weed_tim_win: 3, clap_win: 20, memory_budget_mb: 3, drop_ifg_index: [3 a]}
compat: {wild_positions_kept: maybe}
dataset: {raw: {patches: many}}
"""
EXPECTED_WRONG = {
    "runtime.memory_bugdet_mb": "unknown key (did you mean 'memory_budget_mb'?)",
    "runtime.io_workers": "-1 is not allowed; expected a whole number >= 0",
    "runtime.native_threads": "unknown key (did you mean 'kernels.native_threads'?)",
    "runtime.stage2_debug": "True cannot be done",
    "stamp": "unknown key (did you mean 'stamps'?)",
    "unwrap_grid_size": "unknown key (did you mean 'stamps.unwrap_grid_size'?)",
    "kernels.stage7_scla": f"unknown key (did you mean '{OVERRIDES}.stage7_scla'?)",
    f"{OVERRIDES}.stage7_skla": "unknown key (did you mean 'stage7_scla'?)",
    "stamps.weed_tim_win": "there is no StaMPS parameter 'weed_tim_win' (did you mean",
    "stamps.clap_win": "20 is not allowed; expected a whole number >= 8 and a multiple of 8",
    "stamps.memory_budget_mb": "there is no StaMPS parameter 'memory_budget_mb' (did you mean "
    "'runtime.memory_budget_mb'?)",
    "stamps.drop_ifg_index": "['3 a'] is not allowed; expected a list of numbers from 1 or dates",
    "compat.wild_positions_kept": "'maybe' is not allowed; expected true or false",
    "dataset.raw.patches": "'many' is not allowed; expected RANGExAZIMUTH",
}


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"wrong.{ending}"
    found = yaml.safe_load(WRONG)
    path.write_text(WRONG if ending == "yaml" else json.dumps(found))
    with pytest.raises(ParameterError) as caught:
        load_config(path)
    first, *lines = str(caught.value).splitlines()
    assert first == f"{path}: {len(EXPECTED_WRONG)} settings are wrong:"
    assert len(lines) == len(EXPECTED_WRONG)
    for key, message in EXPECTED_WRONG.items():
        (line,) = (line for line in lines if line.startswith(f"  {key}: "))
        assert line.removeprefix(f"  {key}: ").startswith(message)


def test_json_says_the_same_as_yaml(tmp_path: Path) -> None:
    paths = tmp_path / "a.yaml", tmp_path / "a.json"
    paths[0].write_text("stamps: {drop_ifg_index: [3, 7]}\nruntime: {io_workers: 2}\n")
    paths[1].write_text('{\n\t"stamps": {"drop_ifg_index": [3, 7]}, "runtime": {"io_workers": 2}}')
    assert load_config(paths[0]) == load_config(paths[1])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "runtime: {io_workers: 1}\nruntime: {}\n", "are there twice: line 2: runtime;"),
        ("a.yaml", "stamps:\n  a: 1\n  a: 2\nb: 1\nb: 1\n", "line 3: stamps.a; line 5: b; keep"),
        ("a.json", '{"runtime": {}, "runtime": {}}', "keys are there twice: runtime"),
        ("a.json", '{"runtime": ', "not JSON"),
    ],
)  # fmt: skip
def test_a_key_that_is_there_twice_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: ") and message in str(caught.value)


def test_an_alias_of_yaml_that_leads_back_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("runtime: &r {io_workers: 2, x: *r}\n")
    with pytest.raises(ParameterError, match="line 1: an alias leads back"):
        load_config(path)


def test_files_that_snakemake_reads_otherwise_are_refused(tmp_path: Path) -> None:
    """It has made 187 of 3:7 before anybody can ask."""
    path = tmp_path / "config.yaml"
    path.write_text("stamps:\n  drop_ifg_index: 3:7\n")
    with pytest.raises(ParameterError, match=r"line 2: 3:7: Snakemake .* put it in quotes"):
        refuse_misread_files([path])
    path.write_text("stamps:\n  drop_ifg_index: '3:7'\n  ref_lon: [-Inf Inf]\n")
    refuse_misread_files([path, tmp_path / "none.yaml"])
    path.write_text("stamps: {}\nstamps: {}\n")
    with pytest.raises(ParameterError, match="twice"):
        refuse_misread_files([path])

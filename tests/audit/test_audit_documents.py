"""Manifest and contract of the audit: their schemas, and what they have to agree with."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from source_names import is_defined
from trees import CHECKOUT

from pystamps.audit.contract import CONTRACT, read_contract
from pystamps.audit.golden import golden_tree
from pystamps.audit.jobs import chosen_cases, unlisted_variants
from pystamps.audit.manifest import MANIFEST, read_manifest
from pystamps.config import Compat
from pystamps.config.groups import named_setting
from pystamps.errors import ParameterError
from pystamps.parameters.values import PARAMETER_INFO
from pystamps.verify.known import KNOWN_DIFFERENCES

MANIFEST_READ, CONTRACT_READ = read_manifest(), read_contract()
SLACK = 5.0
"""A bound that is larger than so many times what was measured is a hole."""


def changed_document(path: Path, folder: Path, change) -> Path:
    """Write a copy of a document with a change."""
    document = json.loads(path.read_text())
    change(document)
    copy = folder / path.name
    copy.write_text(json.dumps(document))
    return copy


BROKEN_MANIFESTS = {
    "no data sets": (lambda m: m.update(datasets=[]), "datasets"),
    "unknown key": (lambda m: m["options"][0].update(colour="red"), r"options\.0.*colour"),
    "unknown profile": (lambda m: m.update(profile="loose"), "profile"),
    "a path that leaves the trees": (
        lambda m: m["datasets"][0].update(name="../tiny"),
        r"datasets\.0\.name",
    ),
    "an absolute path": (lambda m: m["compact"].update(folder="/data"), r"compact\.folder"),
    "an option of no data set": (lambda m: m["options"][0].update(dataset="huge"), "huge"),
    "a stage that does not exist": (
        lambda m: m["datasets"][0]["stages"].append("stage9_paint"),
        "stage9_paint",
    ),
    "a deviation without reason": (
        lambda m: m["deviations"].append({"rows": "*", "file": "*", "variable": "*"}),
        r"deviations\.\d+.*(bound|reason)",
    ),
}


@pytest.mark.parametrize("name", BROKEN_MANIFESTS)
def test_a_broken_manifest_is_refused_in_one_line(name: str, tmp_path: Path):
    change, named = BROKEN_MANIFESTS[name]
    path = changed_document(MANIFEST, tmp_path, change)
    with pytest.raises(ParameterError, match=named) as caught:
        read_manifest(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"profile": "strict"}'])
def test_a_file_that_is_no_manifest_is_refused_in_one_line(text: str, tmp_path: Path):
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(ParameterError, match=r"manifest\.json: ") as caught:
        read_manifest(path)
    assert "\n" not in str(caught.value)


def test_a_missing_manifest_is_refused(tmp_path: Path):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_manifest(tmp_path / "none.json")


def test_a_broken_contract_is_refused(tmp_path: Path):
    path = changed_document(CONTRACT, tmp_path, lambda c: c["defects"][0].pop("is_kept"))
    with pytest.raises(ParameterError, match=r"defects\.0.*is_kept"):
        read_contract(path)


def test_the_contract_names_every_switch_with_its_default():
    kept = {d.switch: d.is_kept for d in CONTRACT_READ.defects if d.switch.startswith("compat.")}
    defaults = {
        f"compat.{item.name}": item.default
        for item in dataclasses.fields(Compat)
        if isinstance(item.default, bool)
    }
    assert kept == defaults


def test_other_settings_of_the_contract_exist_and_have_the_default_that_it_says():
    others = [d for d in CONTRACT_READ.defects if d.switch and not d.switch.startswith("compat.")]
    assert others
    assert all(named_setting(d.switch).default is d.is_kept for d in others)


def test_what_the_contract_says_is_held_by_tests_or_code_that_exist():
    held = [item.held_by for item in (*CONTRACT_READ.defects, *CONTRACT_READ.deviations)]
    assert len(held) > 20
    assert [name for name in held if not is_defined(name)] == []


def test_parameters_of_options_are_parameters_of_stamps():
    named = {name for case in MANIFEST_READ.cases for name in case.stamps}
    assert named and named <= set(PARAMETER_INFO)


def test_a_deviation_is_tight_and_its_proof_exists():
    for item in MANIFEST_READ.deviations:
        assert item.measured < item.bound <= SLACK * item.measured, item
        for name in re.findall(r"`(tests/[^`]+::\w+)`", item.proof):
            assert is_defined(name), item
        assert "`" in item.proof, item


def test_a_deviation_that_rests_on_a_probe_is_no_larger_than_the_originals_own_movement():
    probes = json.loads((CHECKOUT / "docs" / "equality_probes.json").read_text())
    compared = 0
    for item in MANIFEST_READ.deviations:
        for name in re.findall(r"`docs/equality_probes\.json::(\w+)`", item.proof):
            moved = [
                size
                for base, variables in probes[name]["differences"].items()
                for variable, size in variables.items()
                if item.is_about_file(f"{base}.mat", variable)
            ]
            assert moved and item.bound <= SLACK * max(moved), (item, moved)
            compared += 1
    assert compared > 10


def test_a_deviation_is_about_rows_that_exist():
    rows = [row for case in MANIFEST_READ.cases for row in case.all_rows()]
    for item in MANIFEST_READ.deviations:
        assert any(item.concerns(row) for row in rows), item


def test_every_row_appears_once():
    rows = [row.text for case in MANIFEST_READ.cases for row in case.all_rows()]
    assert len(rows) == len(set(rows)) > 200


def test_a_pattern_that_matches_nothing_names_what_there_is():
    with pytest.raises(ParameterError, match=r"tinny: matches no .* tiny__unwrap_2D"):
        chosen_cases(MANIFEST_READ, ["tinny"])


def test_a_pattern_chooses_data_sets_and_options():
    found = [case.name for case in chosen_cases(MANIFEST_READ, ["tiny__scla_*", "small"])]
    assert found == ["small", "tiny__scla_L1", "tiny__scla_deramp_y"]


@pytest.mark.golden
def test_every_golden_option_that_is_there_has_rows(shared_data: Path):
    assert unlisted_variants(MANIFEST_READ, shared_data) == []


@pytest.mark.golden
def test_every_golden_data_set_that_is_there_has_rows(shared_data: Path):
    named = {case.dataset for case in MANIFEST_READ.cases}
    folders = (path.parent for path in shared_data.rglob("stages") if path.is_dir())
    assert {path.relative_to(shared_data).as_posix() for path in folders} == named


@pytest.mark.golden
@pytest.mark.parametrize(
    "case", [case for case in MANIFEST_READ.cases if not case.not_run], ids=lambda case: case.name
)
def test_a_case_has_rows_for_everything_that_was_kept(case, shared_data: Path):
    found = golden_tree(case, shared_data, CONTRACT_READ).artifacts()
    assert tuple(name for name, files in found.items() if files) == case.stages


@pytest.mark.golden
@pytest.mark.parametrize(
    "case", [case for case in MANIFEST_READ.cases if case.option], ids=lambda case: case.name
)
def test_an_option_is_what_its_golden_results_were_made_with(case, shared_data: Path):
    text = (shared_data / case.folder / "PARAMETERS.txt").read_text()
    said = dict(re.findall(r"(\w+)=(\[[^\]]*\]|\S+)", text))
    assert said.pop("dataset") == case.dataset
    assert int(said.pop("first_stage")) == case.first_step
    assert {name: as_said(value) for name, value in case.stamps.items()} == said


def as_said(value) -> str:
    return f"[{' '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def test_the_contract_names_whatever_verify_excuses_on_one_side():
    """Files and variables that ``pystamps verify`` does not count stand in the contract too."""
    one_sided = [
        item for item in KNOWN_DIFFERENCES if {"missing", "extra", "placeholder"} & {*item.kinds}
    ]
    assert len(one_sided) > 4
    for item in one_sided:
        name = {"*2.mat": "inc2.mat"}.get(item.file, item.file.removeprefix("*"))
        assert any(named.names_file(name) for named in CONTRACT_READ.deviations), item

"""Values of StaMPS parameters as MATLAB, `pystamps params` and people write them."""

from __future__ import annotations

import json
import random
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import yaml
from click.testing import CliRunner
from prepared_stacks import MASTER, SLAVES, STACKS

from pystamps.cli import main
from pystamps.cli.options import run_configuration
from pystamps.config import RunConfig, load_config
from pystamps.errors import ParameterError
from pystamps.io.mat import read_mat
from pystamps.parameters import FIELD_NAMES, ParameterInfo, default_parameters
from pystamps.parameters.files import (
    effective_parameters,
    stored_parameters,
    write_back_parameters,
)
from pystamps.parameters.matlab_text import is_eight_digit_date, numbers_of
from pystamps.parameters.values import (
    PARAMETER_INFO,
    parse_value,
    same_value,
    shown_value,
    stamps_value,
)

LISTS = {
    "[3 7]": [3, 7],
    "3 7": [3, 7],
    "[3,7]": [3, 7],
    "[3, 7]": [3, 7],
    "[3;7]": [3, 7],
    " [ 3  7 ] ": [3, 7],
    "'3 7'": [3, 7],
    "3:7": [3, 4, 5, 6, 7],
    "3 : 7": [3, 4, 5, 6, 7],
    "1:2:9": [1, 3, 5, 7, 9],
    "9:-4:1": [9, 5, 1],
    "7:3": [],
    "[1:3 7]": [1, 2, 3, 7],
    "[1:3, 7, 9:10]": [1, 2, 3, 7, 9, 10],
    "0:0.1:0.3": [0, 0.1, 0.2, 0.1 * 3],
    "[-Inf Inf]": [-np.inf, np.inf],
    "[]": [],
    "1e-3": [0.001],
    "[2019-07-13 3]": [20190713, 3],
    "20190713": [20190713],
    "2019-7-3": [20190703],
}


@pytest.mark.parametrize("text", LISTS)
def test_numbers_are_read_as_matlab_writes_them(text: str) -> None:
    assert numbers_of(text) == LISTS[text]


@pytest.mark.parametrize(
    "text",
    [
        "3 a",
        "1:2:3:4",
        "3:",
        ":",
        "1:Inf",
        "[1 2",
        "2019-02-30",
        "1_000",
        "1:0:3",
        "1:1e9",
        "[[1]]",
    ],
)
def test_what_is_no_list_of_numbers_is_not_taken_for_one(text: str) -> None:
    assert numbers_of(text) in (None, [])
    if text != "1:0:3":  # no number, in MATLAB too
        assert numbers_of(text) is None


def test_sequences_and_dates_of_yaml_are_read() -> None:
    assert numbers_of(["1:3 7", 9, date(2019, 7, 13)]) == [1, 2, 3, 7, 9, 20190713]
    assert numbers_of([1, None]) is None
    assert numbers_of({}) is None
    assert numbers_of(np.array([[3.0, 7.0]])) == [3, 7]


@pytest.mark.parametrize(("number", "is_one"), [
    (20190713, True), (20190732, False), (9999999, False), (201907130, False), (np.inf, False),
])  # fmt: skip
def test_eight_digits_are_a_date_when_the_calendar_has_it(number: float, is_one: bool) -> None:
    assert is_eight_digit_date(number) == is_one


def some_value(info: ParameterInfo, rng: random.Random) -> Any:
    """Give a random allowed value of a parameter."""
    if info.kind == "flag":
        return rng.random() < 0.5
    if info.kind == "text":
        return rng.choice(info.choices or ("ENVISAT", "a_l", "S1 A", "x-y.z", "3", "y"))
    low, high = max(info.minimum, -1e6), min(info.maximum, 1e6)
    if info.kind == "index_list":
        if info.keyword and rng.random() < 0.2:
            return info.keyword
        return tuple(rng.randint(1, 300) for _ in range(rng.randint(0, 6)))
    if info.kind == "vector":
        sizes = (0, info.length) if info.optional else (info.length,)
        return tuple(some_number(-1e6, 1e6, rng) for _ in range(rng.choice(sizes)))
    if info.kind == "integer":
        return info.multiple_of * rng.randint(-(-int(low) // info.multiple_of), 500)
    number = some_number(low, high, rng)
    return number if not (info.is_minimum_excluded and number == low) else high


def some_number(low: float, high: float, rng: random.Random) -> float:
    """Give a number of any length; the ends are among them."""
    number = rng.choice(
        [low, high, rng.uniform(low, high), round(rng.uniform(low, high), 2), rng.gauss(0, 1e-3)]
    )
    infinite = float("inf") if high >= 1e6 else high
    number = rng.choice([number, number, number, infinite])
    return min(max(number, low), infinite)


def ways_to_write(text: str) -> dict[str, Any]:
    """Give what a printed value becomes on its way: as text, in quotes, in files."""
    return {
        "text": text,
        "quotes of MATLAB": f"'{text}'",
        "JSON": json.loads(json.dumps(text)),
    }


@pytest.mark.parametrize("name", PARAMETER_INFO)
def test_what_params_prints_is_accepted_back_and_gives_the_same_value(name: str) -> None:
    rng, info = random.Random(name), PARAMETER_INFO[name]
    default = getattr(default_parameters(), FIELD_NAMES[name])
    values = [value for value in [default] if value == value]
    values += [some_value(info, rng) for _ in range(300)]
    for value in values:
        printed = shown_value(value)
        for way, raw in ways_to_write(printed).items():
            found = parse_value(name, raw, source=way)
            assert same_value(found, value), f"{way}: {printed!r} gives {found!r}, not {value!r}"
        again = yaml.safe_load(yaml.safe_dump(stamps_value(value)))
        if value != "":
            assert same_value(parse_value(name, again, source="yaml"), value)


@pytest.mark.parametrize("name", PARAMETER_INFO)
def test_what_params_prints_is_accepted_by_set_and_in_a_file(name: str, tmp_path: Path) -> None:
    rng, info = random.Random(name), PARAMETER_INFO[name]
    for _ in range(4):
        value = some_value(info, rng)
        printed = shown_value(value)
        expected = {name: stamps_value(value)} if printed else {}
        found = run_configuration(tmp_path, assignments=[f"{name}={printed}"])
        assert found.stamps == expected
        path = tmp_path / "config.yaml"
        if info.kind != "text" or info.choices:  # free texts need the quotes of YAML: 3, y
            path.write_text(f"stamps:\n  {name}: {printed}\n")
            assert load_config(path).stamps == expected


NOT_IN_YAML = ("3 : 7", "1e-3", "0:0.1:0.3")
"""The first is no YAML, the others are no lists of interferograms."""


@pytest.mark.parametrize("text", [t for t in LISTS if LISTS[t] and t not in NOT_IN_YAML])
def test_a_list_may_stand_in_a_file_as_matlab_writes_it(text: str, tmp_path: Path) -> None:
    """YAML 1.1 takes 3:7 for 187, and [3 7] for a list of one text."""
    name = "ref_lon" if "Inf" in text else "drop_ifg_index"
    path = tmp_path / "config.yaml"
    path.write_text(f"stamps:\n  {name}: {text}\n")
    assert load_config(path).stamps[name] == LISTS[text]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return STACKS["snap"](tmp_path).parent


DATES = sorted((MASTER, *SLAVES))


@pytest.mark.parametrize("processor", sorted(STACKS))
def test_dates_become_numbers_with_the_reference_image_counted(
    processor: str, tmp_path: Path
) -> None:
    patch = STACKS[processor](tmp_path)
    root = patch.parent
    for number, day in enumerate(DATES, start=1):
        dashed = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        for written in (day, int(day), dashed, [dashed], f"[{dashed} {number}]"):
            for name in ("drop_ifg_index", "scla_drop_index", "scn_deramp_ifg"):
                for directory in (root, patch):
                    found = effective_parameters(root, directory, {name: written})
                    assert getattr(found, name) == (number,), (processor, name, written)


def test_a_mixed_list_keeps_its_order(root: Path) -> None:
    written = f"[4 {SLAVES[0]} 4]"
    assert effective_parameters(root, root, {"drop_ifg_index": written}).drop_ifg_index == (4, 1)


def test_parms_mat_gets_the_number_that_stamps_expects(root: Path) -> None:
    configuration = RunConfig.from_mapping({"stamps": {"drop_ifg_index": date(2018, 3, 1)}})
    write_back_parameters(root, stored_parameters(root, configuration.stamps))
    stored = read_mat(root / "parms.mat")["drop_ifg_index"]
    assert (stored.tolist(), stored.dtype) == ([[DATES.index("20180301") + 1]], np.float64)


@pytest.mark.parametrize("value", ["20180301", 20180301.0, "[2018-03-01]"])
def test_dates_in_localparms_and_parms_are_numbers_too(root: Path, value: Any) -> None:
    scipy.io.savemat(root / "localparms.mat", {"scla_drop_index": value})
    assert effective_parameters(root, root, {}).scla_drop_index == (2,)


def test_a_date_of_no_image_is_refused_with_the_nearest(root: Path) -> None:
    wanted = r"configuration: drop_ifg_index: 2018-03-20 is the date of no image .*nearest are " \
        r"2018-03-01 \(number 2\), 2018-04-01 \(number 3\), 2018-05-01 \(number 4\)"  # fmt: skip
    with pytest.raises(ParameterError, match=wanted):
        effective_parameters(root, root, {"drop_ifg_index": "2018-03-20"})


def test_dates_of_a_tree_without_text_files_come_from_its_artifacts(tmp_path: Path) -> None:
    from pystamps.dates import datenum

    scipy.io.savemat(tmp_path / "parms.mat", {"insar_processor": "snap"})
    with pytest.raises(ParameterError, match=r"are not known .*pscphase\.in.*give numbers"):
        effective_parameters(tmp_path, tmp_path, {"drop_ifg_index": "2018-05-01"})
    days = np.array([[datenum(day)] for day in DATES])
    scipy.io.savemat(tmp_path / "ps2.mat", {"day": days, "master_day": datenum(MASTER)})
    found = effective_parameters(tmp_path, tmp_path, {"drop_ifg_index": "2018-05-01"})
    assert found.drop_ifg_index == (4,)


def test_dates_of_pairs_are_refused(root: Path) -> None:
    with pytest.raises(ParameterError, match="sb_scla_drop_index: dates do not say which pair"):
        effective_parameters(root, root, {"sb_scla_drop_index": "2018-05-01"})


def test_params_shows_the_number_of_a_date(root: Path) -> None:
    arguments = ["params", "drop_ifg", "-d", str(root), "--set", "drop_ifg_index=2018-05-01"]
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert json.loads(result.output)[0]["value"] == "[4]", result.output


def test_stage_1_of_a_run_stores_the_number(tmp_path: Path) -> None:
    patch = STACKS["doris"](tmp_path)
    settings = tmp_path / "config.yaml"
    settings.write_text('stamps: {drop_ifg_index: "[2018-05-01]"}\n')
    arguments = ["stage", "1", "--patch", str(patch), "--config", str(settings)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert read_mat(patch.parent / "parms.mat")["drop_ifg_index"].tolist() == [[4.0]]
    shutil.rmtree(tmp_path)

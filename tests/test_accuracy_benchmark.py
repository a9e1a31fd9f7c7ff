"""The benchmark of accuracy: rules are judged by what was found, and scenes are kept."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import measure_accuracy
from accuracy_runs import acceptance, page
from accuracy_runs.chance import coverage_by_chance
from accuracy_runs.one_scene import is_done, result_path
from accuracy_runs.variants import TOGETHER, variants
from pystamps.simulate.families import FAMILIES


def _result(family: str, mode: dict[str, Any] | None, seed: int = 1, **changes: Any) -> dict:
    stamps = {"velocity": {"v": 2.0, "v-d": 2.0, "v-do": 4.0}, "height": 5.0, "series": 3.0,
              "wrong_cycles": 0.02, "within_1": 0.6, "within_2": 0.9}  # fmt: skip
    modes = {} if mode is None else {TOGETHER: mode}
    return {"family": family, "seed": seed, "code": "x", "images": 30, "pixels": 10_000,
            "scatterers": 9000, "stamps": stamps, "modes": modes, "processor_seconds": 6.0,
            **changes}  # fmt: skip


def _verdicts(results: list[dict], number: str) -> list[str]:
    return [rule.verdict for rule in acceptance.judged(results) if rule.number == number]


def test_a_rule_passes_fails_or_was_not_measured():
    good = {"velocity": {"v": 1.0}, "height": 2.0}
    poor = {"velocity": {"v": 2.5}, "height": 6.0}
    assert _verdicts([_result("ers", good)], "A1") == ["pass", "pass", "pass"]
    assert _verdicts([_result("ers", poor)], "A1") == ["**fail**"] * 2 + ["**fail**"]
    assert _verdicts([_result("ers", None)], "A1") == ["not measured"] * 3
    assert _verdicts([_result("ers", good)], "A3") == ["pass", "pass"]
    assert _verdicts([_result("ers", good), _result("ers", poor)], "A3")[1] == "**fail**"


def test_families_of_stress_decide_nothing_but_what_is_said_of_them():
    good, poor = {"velocity": {"v": 1.0}}, {"velocity": {"v": 9.0}}
    results = [_result("ers", good), _result("drift", poor)]
    assert _verdicts(results, "A1") == ["pass"] * 3
    moved = {"velocity": {"v": 1.0}, "mover_bias": -1.0, "mover_bias_unshrunk": -0.1}
    assert _verdicts([_result("movers", moved)], "A6") == ["**fail**", "not measured"]


def test_coverage_is_pooled_over_scatterers_and_looked_at_in_every_scene():
    sure = {"within_1": 0.68, "within_2": 0.95}
    unsure = {"within_1": 0.2, "within_2": 0.95}
    assert _verdicts([_result("ers", sure)], "A5")[:3] == ["pass"] * 3
    both = [_result("ers", sure), _result("ers", unsure, scatterers=10)]
    assert _verdicts(both, "A5")[:3] == ["pass", "pass", "**fail**"]


def test_scenes_of_one_seed_are_one_sample_of_the_coverage():
    shares = {1: 0.6, 2: 0.7, 3: 0.8}
    results = [_result(family, {"within_1": share, "within_2": 0.95}, seed)
               for seed, share in shares.items() for family in ("ers", "terrasar")]  # fmt: skip
    found = [rule.found for rule in acceptance.judged(results) if rule.number == "A5"]
    assert found[0] == "0.70 (standard error over seeds 0.06)"  # 0.1 / sqrt(3), not / sqrt(6)


def test_coverage_of_a_scene_varies_with_its_plane_and_the_mean_is_nominal():
    place = np.random.default_rng(4).uniform(0, 8000, (3000, 2))
    plane_std = np.hypot(*(place - (1000, 7000)).T) / 4000
    alone = coverage_by_chance(place, np.ones(3000), np.zeros(3000))
    assert alone["within_1_expected"] == pytest.approx(0.6827, abs=1e-3)
    assert alone["outside_by_chance"] == 0 and alone["within_1_spread"] < 1e-6
    half = coverage_by_chance(place, np.hypot(0.3, plane_std), plane_std)
    assert half["within_1_spread"] > 0.1 and half["outside_by_chance"] > 0.2


def test_the_page_says_how_many_scenes_are_outside_by_chance():
    mode = {"within_1": 0.9, "within_1_expected": 0.68, "within_1_spread": 0.2,
            "outside_by_chance": 0.5}  # fmt: skip
    results = [_result("ers", mode), _result("terrasar", mode)]
    assert "2 outside (errors exactly as stated: 1.0 +- 0.7)" in page.page_of(results, "2 scenes.")
    words = " ".join(page.page_of(results, "2 scenes.").split())
    assert "have on average 1.0 of 2 scenes outside 0.45 to 0.85 (standard deviation 0.7)" in words
    assert acceptance.chance_of([_result("ers", {"within_1": 0.9})]) is None


def test_the_page_says_where_a_mode_does_harm():
    results = [_result("ers", {"velocity": {"v": 1.0}}),
               _result("drift", {"velocity": {"v": 6.0}}),
               _result("fronts", {"refused": "too few"})]  # fmt: skip
    text = page.page_of(results, "3 scenes.")
    assert "`drift` 1 of 1 (worst 1.50)" in text
    assert "`ers` 1 of" not in text.split("## Where modes do harm")[1]
    assert "| `ers` | 0.50 (0.50) |" in text


def test_the_page_of_a_version_without_modes_says_so():
    text = page.page_of([_result("ers", None)], "1 scene.")
    assert "This version has no accuracy modes." in text
    assert "| `ers` | 1 | 2.00 (2.00) | 2.00 (2.00) | 4.00 (4.00) |" in text


def test_a_result_counts_for_the_code_that_made_it(tmp_path: Path):
    path = result_path(tmp_path, "ers", 5)
    assert not is_done(path, "x")
    path.write_text(json.dumps(_result("ers", None)))
    assert is_done(path, "x")
    assert not is_done(path, "y")


def test_every_family_has_its_scenes_and_an_unknown_one_is_refused():
    given = argparse.Namespace(families=None, seeds=4, stress_seeds=1, first_seed=10)
    found = list(measure_accuracy.scenes(given))
    plain = [name for name, _ in found if not FAMILIES[name].is_stress]
    assert len(plain) == 28
    assert len(found) == len(set(found)) == 28 + len(FAMILIES) - 7
    given.families = ["drifts"]
    with pytest.raises(SystemExit, match="drifts unknown"):
        list(measure_accuracy.scenes(given))


def test_variants_are_values_of_options_that_this_version_has():
    for name, settings in variants().items():
        assert name == TOGETHER or len(settings) == 1
    assert "off" not in {value for each in variants().values() for value in each.values()}


_WITH_A_WORKER = """
import os, time
from accuracy_runs.workers import scratch_prefix, worker_pool
pool = worker_pool(1)
print(pool.submit(os.getpid).result(), pool.submit(scratch_prefix).result(), flush=True)
pool.submit(time.sleep, 60).result()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_a_benchmark_that_a_signal_ends(tmp_path: Path, number: signal.Signals):
    environment = os.environ | {
        "PYTHONPATH": str(Path(measure_accuracy.__file__).parent), "TMPDIR": str(tmp_path)
    }  # fmt: skip
    command = [sys.executable, "-c", _WITH_A_WORKER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pid, prefix = parent.stdout.readline().split()
        worker = psutil.Process(int(pid))
        (tmp_path / f"{prefix}x").mkdir()
        parent.send_signal(number)
    gone, _ = psutil.wait_procs([worker], timeout=10)
    assert gone or worker.status() == psutil.STATUS_ZOMBIE  # nobody asks for its status
    assert not list(tmp_path.glob(f"{prefix}*"))

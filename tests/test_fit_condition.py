"""What dates, baselines, weights and positions alone say about a fit."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from pystamps.errors import ParameterError
from pystamps.fit_condition import (
    LARGEST_CONDITION,
    FitCondition,
    conditions_of_stack,
    look_angle_condition,
    require_determined,
    surface_condition,
    velocity_condition,
)
from pystamps.interferograms import Interferograms
from pystamps.io.mat import read_mat
from pystamps.stages.least_squares import solution_rows

RNG = np.random.default_rng(11)
DAYS = 736000.0 + np.sort(RNG.choice(900, 17, replace=False))
AT = 7
SCATTERED = RNG.normal(0, 60, 17)
SCATTERED[AT] = 0.0
GOLDEN = (
    *("tiny/stages", "small/stages", "ps_sb/ps/stages"),
    *("variants/tiny__drop_3_7", "variants/tiny__merge_resample"),
)
LINEAR = 0.4 * (DAYS - DAYS[AT])


@pytest.mark.parametrize("days", [DAYS, 736000.0 + 24 * np.arange(17)])
def test_scattered_baselines_are_no_cause_for_words(days):
    assert look_angle_condition(days, SCATTERED) == FitCondition()
    assert velocity_condition(days, SCATTERED, np.full(17, 40.0)) == FitCondition()


@pytest.mark.parametrize("days", [DAYS, 736000.0 + 24 * np.arange(17)], ids=["uneven", "even"])
@pytest.mark.parametrize("offset", [0.0, 35.0])
def test_baselines_that_follow_time_are_refused_with_the_numbers(days, offset):
    baselines = (0.4 * (days - days[AT]) + offset).astype(np.float32)
    refusal = look_angle_condition(days, baselines).refusal
    assert "R = 1.000000, condition number " in refusal and "limit 1000" in refusal
    assert "cannot be told apart" in refusal


def test_the_closer_to_time_the_larger_the_number_until_the_limit():
    numbers = []
    for scatter in (30.0, 10.0, 1.0, 0.1):
        found = look_angle_condition(DAYS, LINEAR + scatter * SCATTERED / 60)
        assert not found.refusal
        numbers += [float(found.warnings[0].split("condition number ")[1])] if found.words else [1]
    assert numbers == sorted(numbers) and 100 < numbers[-1] < LARGEST_CONDITION
    assert look_angle_condition(DAYS, LINEAR + 0.005 * SCATTERED / 60).refusal


def test_the_condition_number_is_what_noise_is_amplified_by():
    """The norm of the weights of the slope, beside that of the same steps without correlation."""
    baselines = LINEAR + SCATTERED / 60
    steps, intervals = np.diff(baselines), np.diff(DAYS)
    design = np.stack([np.ones(16), steps, intervals], axis=1)
    amplified = np.linalg.norm(solution_rows(design)[1]) * np.linalg.norm(steps)
    said = look_angle_condition(DAYS, baselines).warnings[0]
    condition = float(said.split("condition number ")[1])
    assert condition / 2 == pytest.approx(amplified, rel=0.02)


def test_equal_baselines_tell_nothing_and_harm_nothing():
    assert "all baselines are equal" in look_angle_condition(DAYS, np.zeros(17)).warnings[0]
    almost = np.where(np.arange(17) == 3, 2e-4, 0.0)
    assert "less than their rounding" in look_angle_condition(DAYS, almost).refusal


@pytest.mark.parametrize(("n_image", "with_velocity"), [(3, False), (4, True), (6, True)])
def test_few_images_are_a_warning_with_their_number(n_image, with_velocity):
    found = look_angle_condition(DAYS[:n_image], SCATTERED[:n_image], with_velocity=with_velocity)
    assert f"{n_image} images for {3 if with_velocity else 2} unknowns" in found.warnings[0]
    assert not found.refusal
    few = velocity_condition(DAYS[:3], SCATTERED[:3]).warnings
    assert few == (
        "3 interferograms for the 2 unknowns of the velocity; 5 or more make it reliable",
    )


def test_the_velocity_minds_weights_and_baselines_that_follow_time():
    assert "r = 1.0000" in velocity_condition(DAYS, LINEAR).warnings[0]
    std = np.full(17, 40.0)
    std[4] = 6.0
    warning = velocity_condition(DAYS, SCATTERED, std).warnings[0]
    assert "noise of the interferograms from 6 to 40: " in warning
    assert "weights are those of 1.83 interferograms of 17" in warning
    std[4] = 0.1
    assert "one decides alone" in velocity_condition(DAYS, SCATTERED, std).refusal


def test_pixels_on_a_line_and_few_pixels():
    xy = RNG.uniform(-10, 10, (500, 2))
    assert surface_condition(xy, 3) == FitCondition()
    for across, word in ((1e-3, "warnings"), (1e-8, "refusal"), (0.0, "refusal")):
        narrow = np.column_stack([xy[:, 0], across * xy[:, 1]])
        turned = narrow @ np.array([[0.8, 0.6], [-0.6, 0.8]])
        for places in (narrow, turned, turned + 4000):
            found = getattr(surface_condition(places, 3), word)
            assert "almost on a line" in "".join(found), (across, word)
    assert "3 pixels for the 3 terms" in surface_condition(xy[:3], 3).refusal
    assert surface_condition(xy[:4], 3).warnings == ("4 pixels for the 3 terms of the surface",)


def test_dropped_interferograms_do_not_count():
    stack = Interferograms.single_master(DAYS, SCATTERED, AT)
    assert [name for name, found in conditions_of_stack(stack) if found.words] == []
    most = [number for number in range(1, 18) if number not in (1, 4, AT + 1)]
    said = dict(conditions_of_stack(stack, drop=most))
    assert "3 images for 2 unknowns" in said["look-angle error (stage 7)"].warnings[0]
    assert "2 interferograms" in said["mean velocity"].warnings[0]
    of_stage_7 = dict(conditions_of_stack(stack, scla_drop=most))
    assert (
        of_stage_7["look-angle error (stage 7)"].warnings
        and not of_stage_7["mean velocity"].warnings
    )


def test_words_go_to_the_log_and_a_refusal_is_an_error(caplog):
    with caplog.at_level(logging.WARNING):
        require_determined(FitCondition(("a number",)), "a fit", remedy="do this")
    assert "a fit: a number" in caplog.text
    with pytest.raises(ParameterError, match=r"^a fit: too bad; do this$"):
        require_determined(FitCondition(refusal="too bad"), "a fit", remedy="do this")


@pytest.mark.golden
@pytest.mark.parametrize("tree", GOLDEN)
def test_no_golden_tree_gives_cause_for_words(shared_data, tree):
    folder = shared_data / tree / "stage5"
    found = read_mat(folder / "ps2.mat")
    stack = Interferograms.single_master(
        found["day"].ravel(), found["bperp"].ravel(), int(found["master_ix"].item()) - 1
    )
    assert not [name for name, condition in conditions_of_stack(stack) if condition.words]
    std = read_mat(folder / "ifgstd2.mat")["ifg_std"].ravel()[stack.observed]
    days = stack.second_day[stack.observed]
    assert velocity_condition(days, stack.observed_bperp, std) == FitCondition()
    assert surface_condition(found["xy"][:, 1:], 3) == FitCondition()

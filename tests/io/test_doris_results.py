"""Sections of the result files of Doris."""

from __future__ import annotations

import pytest

from pystamps.processors.doris_results import doris_sections, image_section

STARS = "*" * 67
CROP_4 = f"""
{STARS}
*_Start_crop:\t\t\tmaster step01
{STARS}
Data_output_file: \t\t\t\t/data/20180701_crop.slc
Data_output_format: \t\t\t\tcomplex_short
First_line (w.r.t. original_image): \t\t3825
Last_line (w.r.t. original_image): \t\t3934
First_pixel (w.r.t. original_image): \t\t5345
Last_pixel (w.r.t. original_image): \t\t5474
{STARS}
* End_crop:_NORMAL
{STARS}
"""
CROP_5 = CROP_4.replace("\t", " ").replace(f"{STARS}\n", f"{STARS} \n")
LATER = """*_Start_sim_amplitude:
First_line (w.r.t. original_master):       1
Last_line (w.r.t. original_master):        27445
First_pixel (w.r.t. original_master):      1
Last_pixel (w.r.t. original_master):       18238
* End_sim_amplitude:_NORMAL
"""


@pytest.mark.parametrize("crop", [CROP_4, CROP_5], ids=["4", "5"])
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_crop_decides_whatever_stands_before_or_after_it(crop: str, order: str) -> None:
    sections = doris_sections(crop + LATER if order == "before" else LATER + crop)
    found = image_section(sections)
    assert found is not None and found.name == "crop"
    assert found.size == (130, 110)
    assert found.sample_kind == "complex int16"
    assert sections["sim_amplitude"].size == (18238, 27445)


def test_an_oversampled_image_has_the_window_and_the_format_of_its_own_section() -> None:
    ovs = CROP_4.replace("crop", "oversample").replace("complex_short", "complex_real4")
    old = "Last_line (w.r.t. original_image): \t\t3934"
    ovs = ovs.replace(old, f"#{old}\n{old.replace('3934', '4044')}").replace("5474", "5604")
    found = image_section(doris_sections(ovs + CROP_4 + LATER))
    assert found is not None
    assert (found.size, found.sample_kind) == ((260, 220), "complex float")


def test_the_last_section_that_was_finished_counts() -> None:
    again = CROP_4.replace("3934", "3924")
    broken = CROP_4.replace("3934", "3914").replace("* End_crop:_NORMAL", "")
    sections = doris_sections(CROP_4 + again + broken)
    assert sections["crop"].size == (130, 100)
    assert doris_sections(broken)["crop"].size == (130, 90), "better than none"


@pytest.mark.parametrize("text", ["", "*_Start_crop:\n", CROP_4.replace("3934", "many")])
def test_a_section_without_bounds_has_no_size(text: str) -> None:
    found = image_section(doris_sections(text))
    assert found is None or found.size is None

"""Patches without files of their own have the same parameters; they are read once."""

from __future__ import annotations

import pytest

from pystamps.io.mat import write_mat
from pystamps.pipeline import plan as planning
from pystamps.pipeline.patch_files import has_own_files
from pystamps.pipeline.plan import WorkflowPlan


def plan_of(root) -> WorkflowPlan:
    return WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("parms.mat", True), ("localparms.mat", True), ("day.1.in", True), ("raw", True),
        ("pscands.1.ph", False), ("ps1.mat", False), ("patch_noover.in", False),
    ],
)  # fmt: skip
def test_parameters_and_texts_are_files_of_its_own(tmp_path, name, is_own):
    assert not has_own_files(tmp_path)
    (tmp_path / name).touch()
    assert has_own_files(tmp_path) is is_own


def test_parameter_files_are_read_once_for_all_patches_and_once_for_one_that_has_its_own(
    simulated, monkeypatch
):
    write_mat(simulated / "PATCH_2" / "localparms.mat", {"weed_standard_dev": 0.7})
    for number in (3, 4, 5):
        (simulated / f"PATCH_{number}").mkdir()
        for path in (simulated / "PATCH_1").iterdir():
            (simulated / f"PATCH_{number}" / path.name).hardlink_to(path)
    names = [f"PATCH_{number}" for number in range(1, 6)]
    (simulated / "patch.list").write_text("".join(f"{name}\n" for name in names))
    plan, read = plan_of(simulated), []
    effective = planning.effective_parameters

    def counted(root, directory, *arguments, **options):
        read.append(directory.name)
        return effective(root, directory, *arguments, **options)

    monkeypatch.setattr(planning, "effective_parameters", counted)
    settings = {name: plan.settings("stage4_weed", name) for name in names}
    assert read == ["PATCH_1", "PATCH_2"]
    assert {name: found["weed_standard_dev"] for name, found in settings.items()} == {
        name: "0.7" if name == "PATCH_2" else "1.0" for name in names
    }

"""What one worker of the tests makes for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from shared_folders import folder_made_once


def test_a_folder_is_made_once_and_each_asker_has_a_copy_of_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        folder.mkdir()
        (folder / "half").write_text("")
        if len(made) == 1:
            raise RuntimeError("the first try fails")
        (folder / "result").write_text("7")

    name = f"for_{Path(__file__).stem}_{id(made)}"
    with pytest.raises(RuntimeError, match="first try"):
        folder_made_once(tmp_path_factory, name, make)
    one, other = (folder_made_once(tmp_path_factory, name, make) for _ in range(2))
    assert len(made) == 2 and one != other
    (one / "result").write_text("changed")
    assert (other / "result").read_text() == "7"

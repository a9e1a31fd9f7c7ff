"""Checksums of files: every byte counts, and what was not touched is not read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pystamps.io import checksums
from pystamps.io.checksums import (
    copied_checksum,
    file_checksum,
    has_same_content,
    known_state,
    recorded_state,
    state_of_file,
)

CONTENT = os.urandom(3 << 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "large"
    found.write_bytes(CONTENT)
    return found


@pytest.mark.parametrize("place", [0, 65536, 1 << 20, (3 << 20) - 1])
def test_one_byte_anywhere_changes_the_checksum_of_a_file(path: Path, place: int) -> None:
    before = state_of_file(path)
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(bytes([CONTENT[place] ^ 1]))
    os.utime(path, ns=(before.modified_ns, before.modified_ns))
    assert not has_same_content(path, before)
    assert file_checksum(path) != before.checksum


def test_a_copy_has_the_checksum_and_the_bytes_of_its_source(path: Path, tmp_path: Path) -> None:
    assert copied_checksum(path, tmp_path / "copy") == file_checksum(path)
    assert (tmp_path / "copy").read_bytes() == CONTENT
    with pytest.raises(FileExistsError):
        copied_checksum(path, tmp_path / "copy")


def test_the_very_file_is_not_read_again_and_any_other_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = state_of_file(path)
    read: list[Path] = []
    original = checksums.file_checksum
    monkeypatch.setattr(
        checksums, "file_checksum", lambda found: (read.append(found), original(found))[1]
    )
    assert has_same_content(path, noted) and known_state(path, noted) == noted
    assert not read
    assert has_same_content(path, noted, thorough=True) and len(read) == 1
    path.touch()
    assert has_same_content(path, noted) and len(read) == 2
    assert known_state(path, noted).checksum == noted.checksum and len(read) == 3


def test_a_state_comes_back_from_a_record_and_nonsense_does_not(path: Path) -> None:
    state = state_of_file(path)
    assert recorded_state(state.as_record()) == state
    for nonsense in ("0123", None, {}, {**state.as_record(), "bytes": "7"}, {"checksum": 1}):
        assert recorded_state(nonsense) is None

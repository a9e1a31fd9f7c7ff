"""Texts and records are read as wholes, up to a bound."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import content_of, json_record, read_bounded


@pytest.mark.parametrize("size", [0, 1, 5, 4096])
def test_a_file_is_read_as_it_is(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    assert content_of(tmp_path / "file") == content


def test_one_byte_too_many_tells_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    assert content_of(tmp_path / "file", most=5) == b"abcdef"
    assert content_of(tmp_path / "file", most=3) == b"abcd"
    assert read_bounded(tmp_path / "file", most=6) == b"abcdef"
    with pytest.raises(ArtifactError, match="larger than"):
        read_bounded(tmp_path / "file", most=5)


def test_what_has_no_size_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = os.urandom(200_000)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert content_of(pipe) == content
    writer.join()


def test_a_folder_and_a_missing_file_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ArtifactError, match=f"{path}: cannot be read"):
            read_bounded(path)


def test_a_record_may_begin_with_the_mark_of_utf_8(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert json_record(tmp_path / "record.json") == {"a": 1}
    (tmp_path / "record.json").write_bytes(b'{"a": "\xff"}')
    assert json_record(tmp_path / "record.json") == {}

"""Names of a data set act on no terminal and no log."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.cli.options import print_table
from pystamps.errors import DatasetError
from pystamps.io.dataset import discover_dataset
from pystamps.pipeline.run_lock import run_lock
from pystamps.visible import VisibleFormatter, has_acting_characters, visible_line

ACTING = (
    "a\nb", "a\rb", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "bell\x07", "\x9b31m",
    "\u202egnp.exe", "\u2028line", "\u2066isolated", "tab\there", "\x7f",
)  # fmt: skip
PLAIN = ("INSAR_20180624", "a b", "é 雪 ١ 🛰️", "<script>", "100% {x} $(id)", "zero\u200bwidth")


@pytest.mark.parametrize("name", ACTING)
def test_what_acts_is_written_as_an_escape(name):
    shown = visible_line(name)
    assert has_acting_characters(name) and not has_acting_characters(shown)
    assert "\\" in shown


@pytest.mark.parametrize("name", PLAIN)
def test_what_people_write_stays_as_it_is(name):
    assert visible_line(name) == name and not has_acting_characters(name)


def test_bytes_of_no_encoding_can_be_printed():
    visible_line("\udcff").encode("utf-8")


def test_a_log_line_cannot_be_forged_by_a_name():
    record = logging.LogRecord(
        "x", logging.WARNING, "x", 1, "%s", ("a\n2026 ERROR forged\x1b[2J",), None
    )
    lines = VisibleFormatter("%(levelname)s %(message)s").format(record).split("\n")
    assert lines == ["WARNING a", "    2026 ERROR forged\\x1b[2J"]


def test_the_traceback_of_a_record_stays_as_it_is():
    try:
        raise ValueError("what")
    except ValueError as error:
        given = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "said", (), given)
    assert '\nTraceback (most recent call last):\n  File "' in VisibleFormatter().format(record)


@pytest.mark.parametrize("name", ACTING)
def test_a_data_set_with_such_a_name_is_refused_in_one_line(tmp_path, name):
    root = tmp_path / name
    (root / "PATCH_1").mkdir(parents=True)
    for arguments in (["status", "-d"], ["run", "-d"], ["unlock", "-d"], ["params", "-d"]):
        found = CliRunner().invoke(main, [*arguments, str(root)])
        assert found.exit_code in (0, 2) and not has_acting_characters(
            found.output.replace("\n", "")
        )
    with pytest.raises(DatasetError, match="rename it"):
        discover_dataset(root)
    with pytest.raises(DatasetError, match="rename it"), run_lock(root):
        pytest.fail("was locked")


@pytest.mark.parametrize("name", ["\x1b[31m", "a\x07", "\u202eb"])
def test_so_is_a_patch(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / "patch.list").write_text(f"{name}\n")
    with pytest.raises(DatasetError, match="rename it"):
        discover_dataset(tmp_path)


def test_a_table_takes_names_neither_for_colours_nor_for_its_own_markup(capsys):
    print_table("[bold red]title[/]\x1b[31m", ["column"], [["[link=http://e]x[/]\x1b[5m"]])
    said = capsys.readouterr().out
    assert "[bold red]title[/]\\x1b[31m" in said and "[link=http://e]x[/]\\x1b[5m" in said
    assert "\x1b" not in said


def test_an_error_is_one_line_whatever_its_file_is_called(tmp_path):
    path = tmp_path / "a\nerror: forged\x1b[2J.yaml"
    path.write_text("nonsense: 1\n")
    found = CliRunner().invoke(main, ["run", "--config", str(path), "-d", str(tmp_path)])
    assert found.exit_code == 2
    assert [line for line in found.output.splitlines() if line.startswith("error: forged")] == []
    assert "\x1b" not in found.output


def test_json_escapes_what_acts(tmp_path: Path):
    (tmp_path / "PATCH_1").mkdir()
    found = CliRunner().invoke(main, ["doctor", str(tmp_path), "--json"])
    json.loads(found.stdout)
    assert not has_acting_characters(found.stdout.replace("\n", ""))

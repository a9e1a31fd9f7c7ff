"""``python -m pystamps``, words that shells complete, tables in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps import __version__
from pystamps.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "command_line.md"


def in_shell(*words: str, **variables: str) -> str:
    """Run ``python -m pystamps`` in a pipe; give what it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "pystamps", *words],
        env=os.environ | variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_python_m_is_the_same_command() -> None:
    assert in_shell("--version").split() == ["pystamps,", "version", __version__]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pystamps in", {"info"}),
        ("pystamps params hi", {"history"}),
        ("pystamps run --until stage4", {"stage4_weed"}),
        ("pystamps params get weed_time", {"weed_time_win"}),
        ("pystamps log --fol", {"--follow"}),
    ],
)
def test_words_are_completed(typed: str, expected: set[str]) -> None:
    words = typed.split()
    variables = {"COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = CliRunner().invoke(
        main, prog_name="pystamps", env={"_PYSTAMPS_COMPLETE": "bash_complete", **variables}
    )
    found = {line.partition(",")[2] for line in done.output.splitlines()}
    assert expected <= found, done.output
    assert all(word.startswith(words[-1]) for word in found)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script_as_the_page_says(shell: str) -> None:
    assert f"_PYSTAMPS_COMPLETE={shell}_source pystamps" in PAGE.read_text()
    done = CliRunner().invoke(
        main, prog_name="pystamps", env={"_PYSTAMPS_COMPLETE": f"{shell}_source"}
    )
    assert f"_PYSTAMPS_COMPLETE={shell}_complete" in done.output


@pytest.mark.parametrize("words", [("params", "weed"), ("describe-inputs", "--stage", "all")])
def test_a_table_in_a_pipe_has_no_colours_and_80_columns(words: tuple[str, ...]) -> None:
    shown = in_shell(*words, FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="80")
    assert "\x1b" not in shown and len(shown.splitlines()) > 5
    assert max(map(len, shown.splitlines())) <= 80

"""Documents are true: commands, options, make targets and links that they name exist."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import click
import pytest
from trees import CHECKOUT

from pystamps.cli import main
from pystamps.config.earlier import EARLIER_KEYS
from pystamps.config.groups import all_settings
from pystamps.stage_table import PREPARATION, STAGES

PAGES = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")]
PAGES += [CHECKOUT / "kernels" / "pystamps_kernels" / "README.md"]
PAGES += sorted((CHECKOUT / "docs").rglob("*.md"))
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))


def code_of(page: Path) -> str:
    """Give fenced blocks and inline code, one piece per line."""
    text = page.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return "\n".join([*blocks, *inline])


def calls_in(code: str) -> list[list[str]]:
    """Give the words of every call of ``pystamps`` and what follows it on the line."""
    ends = r"[^\n#|;&)\"'\\]*"
    return [m.split() for m in re.findall(rf"(?<![\w./-])pystamps ({ends})", code)]


@EACH_PAGE
def test_commands_and_options_exist(page: Path) -> None:
    wrong = []
    for words in calls_in(code_of(page)):
        group: click.Command | None = main
        rest = words[2:] if words[:1] == ["--config"] else list(words)
        while isinstance(group, click.Group) and rest and not rest[0].startswith("-"):
            if "list" in group.commands and rest[0] not in group.commands:
                break  # a group that lists by itself: the word is an argument of its list
            name = rest.pop(0)
            group = group.get_command(None, name)  # type: ignore[arg-type]
            if group is None:
                wrong.append(f"pystamps {' '.join(words)}: no command {name}")
        if group is None:
            continue
        if isinstance(group, click.Group) and "list" in group.commands:
            group = group.commands["list"]
        known = {option for p in group.params for option in (*p.opts, *p.secondary_opts)}
        used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        wrong += [f"pystamps {' '.join(words)}: no {o}" for o in used - known - {"--help", "-h"}]
    assert not wrong, "\n".join(wrong)


@EACH_PAGE
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?<![\w.-])make ([a-z-]+)", code_of(page))) <= targets


@EACH_PAGE
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@EACH_PAGE
def test_modules_exist(page: Path) -> None:
    named = set(re.findall(r"`([\w./]+\.py)`", page.read_text()))
    folders = ("pystamps", "kernels", "rules", "scripts", "tests")
    present = [f"/{p.relative_to(CHECKOUT)}" for f in folders for p in (CHECKOUT / f).rglob("*.py")]
    assert not [name for name in named if not any(p.endswith(f"/{name}") for p in present)]


@EACH_PAGE
def test_switches_and_settings_exist(page: Path) -> None:
    known = {setting.key for setting in all_settings()} | {item.key for item in EARLIER_KEYS}
    known |= {item.present for item in EARLIER_KEYS}
    groups = "runtime|kernels|tolerance|tools|compat"
    named = set(re.findall(rf"`((?:{groups})\.\w+)`", page.read_text()))
    assert not [name for name in named if name not in known]


def test_the_readme_has_the_stages_and_files_of_the_stage_table() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    section = readme[readme.index("## What is in it") : readme.index("## Documents")]
    rows = [line[1:-1].split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    files_of = {row[0]: re.findall(r"\w+", row[2]) for row in rows}
    named = [name for cell in files_of for name in re.findall(r"`(\w+)`", cell)]
    assert named == [stage.name for stage in (PREPARATION, *STAGES)]
    for stage in STAGES:
        if stage.step == 5:
            continue  # the row says *2.mat, which both rules write
        (cell,) = (cell for cell in files_of if f"`{stage.name}`" in cell)
        written = {PurePath(name.format(patch="", angle="la")).stem for name in stage.all_outputs}
        if stage.name != "product_points":  # a folder and an ending in its cell
            assert written == set(files_of[cell]), stage.name

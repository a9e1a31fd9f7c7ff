"""Commands and files that the documents show."""

from __future__ import annotations

import re
from pathlib import Path

from trees import CHECKOUT

PAGES = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")]
PAGES += sorted((CHECKOUT / "docs").rglob("*.md"))

COMPLETE_ALONE = ("pystamps describe-backends", "pystamps check-kernels")
"""Commands of which the name is all there is to type; other names alone speak of the command."""

_NAME_ALONE = re.compile(r"snakemake$|pystamps( prep)? [\w-]+$")


def commands_in(text: str) -> list[str]:
    """Give the commands of snakemake and pystamps in fenced blocks and in inline code."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)
    blocks = "\n".join(block for language, block in fenced if language in ("", "bash", "sh"))
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    lines = blocks.replace("\\\n", " ").splitlines()
    lines += [code for code in inline if code in COMPLETE_ALONE or not _NAME_ALONE.match(code)]
    parts = [part for line in lines for part in line.partition(" #")[0].split(" && ")]
    found = [" ".join(part.split()) for part in parts]
    return [command for command in found if re.match(r"(snakemake|pystamps) ", command)]


def variants_of(command: str) -> list[str]:
    r"""Give the commands that one stands for: ``a\|b`` is a choice, ``[x]`` may be left out."""
    command = re.sub(r" \[[^\]]*\]", "", command)
    choice = re.search(r"[\w-]+(?:\\\|[\w-]+)+", command)
    words = choice[0].split(r"\|") if choice else [""]
    return [command.replace(choice[0], word) if choice else command for word in words]


def documented_commands() -> list[str]:
    """Give all commands of all pages, each once."""
    found = (commands_in(page.read_text()) for page in PAGES)
    return sorted({v for commands in found for command in commands for v in variants_of(command)})


def block_in(page: Path, language: str, containing: str) -> str:
    """Give the one fenced block of a page in a language that contains a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)
    (found,) = (block for block in blocks if containing in block)
    return found

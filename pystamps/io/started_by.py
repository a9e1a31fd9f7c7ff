"""Who has started this work, and with which command."""

from __future__ import annotations

import os
import shlex
import sys

COMMAND_VARIABLE = "PYSTAMPS_COMMAND"
"""Command line that has started the workflow, for the jobs of the workflow."""


def command_line() -> str:
    """Give the command that has started this work."""
    return os.environ.get(COMMAND_VARIABLE) or shlex.join(sys.argv)


def keep_command_line() -> None:
    """Let the processes that this one starts know the command that has started all."""
    os.environ.setdefault(COMMAND_VARIABLE, command_line())


def user_name() -> str:
    """Give the user of this process; the number where the machine knows no name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # of a user without entry, before and since Python 3.13
        return str(os.getuid())

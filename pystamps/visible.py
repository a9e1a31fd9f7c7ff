"""Texts of data sets as people may see them: no character that acts on a terminal or a log."""

from __future__ import annotations

import logging
import re

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
"""Of the lines of a log, in a file and on the terminal."""

_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, line ends, marks that change the order of reading, halves of characters."""


def visible_line(text: str) -> str:
    """Give a text as one line in which every character that acts is written as an escape.

    Parameters
    ----------
    text : str
        Names of files may hold anything: colours of a terminal, line ends, bytes of no encoding.
    """
    return _ACTING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def has_acting_characters(text: str) -> bool:
    """Tell whether a text would act on a terminal or break a line."""
    return any(not "\ud800" <= found <= "\udfff" for found in _ACTING.findall(text))


class VisibleFormatter(logging.Formatter):
    """Log lines whose message stays visible; further lines of it are set in.

    A name with a line end can so not look like a log line of its own.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Give the line of a record without its traceback."""
        record.message = "\n    ".join(map(visible_line, record.message.split("\n")))
        return super().formatMessage(record)

"""A scheduler: its commands, and what its answers mean. One record for PBS, one for LSF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pystamps.schedulers.job_request import JobRequest

QueueState = Literal["running", "over", "no answer"]


@dataclass(frozen=True, slots=True)
class Scheduler:
    """One kind of scheduler.

    Attributes
    ----------
    name : str
    submit : callable
        Given what a job asks for, the file of its output and its script: the command line.
    number_in : callable
        Given what that command has printed: the number of the job; empty if there is none.
    ask : sequence of str
        Command that shows a job; its number is added.
    state_in : callable
        Given what that command has printed: whether the job waits or works, or is over, which it is
        too where the scheduler knows it no more.
    number_variable : str
        Variable of the environment in which a job finds its number.
    cancel : str
        Command that takes jobs out of the queue; their numbers are added.
    """

    name: str
    submit: Callable[[JobRequest, str, str], list[str]]
    number_in: Callable[[str], str]
    ask: Sequence[str]
    state_in: Callable[[str], QueueState]
    number_variable: str
    cancel: str


def given_options(values: Mapping[str, str]) -> list[str]:
    """Give options of a command line with their values; empty ones are left out."""
    return [part for option, value in values.items() if value for part in (option, value)]

"""What every program that unwraps one interferogram has to say about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Unwrapper(ABC):
    """A program that reads phase and costs in its working directory and writes unwrapped phase."""

    __slots__ = ()
    version: str

    @property
    @abstractmethod
    def name(self) -> str:
        """Value of ``tools.unwrapper``; logs and the record of the stage have it too."""

    @abstractmethod
    def command(self, n_columns: int) -> list[str]:
        """Give the command that unwraps an image of so many columns."""

    def refuse_size(self, shape: tuple[int, ...]) -> None:  # noqa: B027 - most take any
        """Refuse a grid of so many rows and columns that it cannot unwrap.

        Raises
        ------
        ExternalProgramError
        """

    @abstractmethod
    def identity(self) -> str:
        """Give everything beside phase and costs that decides its results, as a text."""

    @abstractmethod
    def stopped_early(self, log: str) -> bool:
        """Tell from its log whether it gave up before all cycles were settled."""

"""What Doris and ISCE stacks share: ``INSAR_<date>`` with one folder per image or pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.text_numbers import read_integer
from pystamps.processors.dates_in_names import date_in, has_date, has_pair, pair_in, require_known

SMALL_BASELINES = "SMALL_BASELINES"


@dataclass(frozen=True, slots=True)
class InsarFolder:
    """Folder of a Doris or ISCE stack.

    Attributes
    ----------
    stack : Path
        The folder given: ``INSAR_<date>`` or its ``SMALL_BASELINES``.
    insar : Path
        ``INSAR_<date>``.
    """

    stack: Path
    insar: Path

    @classmethod
    def of(cls, folder: Path) -> InsarFolder:
        """Tell single-master from small-baseline stacks by the name of the folder."""
        return cls(folder, folder.parent if folder.name == SMALL_BASELINES else folder)

    @property
    def is_small_baseline(self) -> bool:
        """Whether interferograms are pairs of any two images."""
        return self.stack != self.insar

    def text(self, name: str) -> str | None:
        """Give a text file of the stack or of ``INSAR_<date>``, or None."""
        path = self._find(name)
        return None if path is None else path.read_text(errors="replace")

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Give those text files that exist, by name."""
        found = {name: self.text(name) for name in names}
        return {name: text for name, text in found.items() if text is not None}

    def size(self) -> tuple[int, int] | None:
        """Give samples and lines from ``width.txt`` and ``len.txt``, or None without them."""
        paths = [self._find(name) for name in ("width.txt", "len.txt")]
        if paths[0] is None or paths[1] is None:
            return None
        return read_integer(paths[0]), read_integer(paths[1])

    def dates_with(self, name: str) -> list[str]:
        """Give the folders ``YYYYMMDD`` of ``INSAR_<date>`` that hold a file, in date order."""
        found = [path.parent.name for path in self.insar.glob(f"[12]*/{name}")]
        dates = [date_in(folder, path=self.insar) for folder in found if has_date(folder)]
        return sorted(dates)

    def pairs_with(self, name: str) -> list[tuple[str, str]]:
        """Give the folders ``D1_D2`` of the stack that hold a file, in order."""
        found = [path.parent.name for path in self.stack.glob(f"[12]*/{name}")]
        return sorted(pair_in(pair, path=self.stack) for pair in found if has_pair(pair))

    def folder_of(self, pair: tuple[str, str]) -> Path:
        """Give the folder of a pair, whatever joins its dates."""
        return next(
            path for path in sorted(self.stack.glob(f"{pair[0]}*{pair[1]}")) if has_pair(path.name)
        )

    def _find(self, name: str) -> Path | None:
        return next((f / name for f in (self.stack, self.insar) if (f / name).is_file()), None)


def reference_date(given: str, found: Sequence[str], *, path: Path) -> str:
    """Give the date of the reference image from what the export says and what was asked for.

    Raises
    ------
    DatasetError, ParameterError
        The export says nothing, or another date than asked for.
    """
    dates = sorted(set(found))
    if len(dates) > 1:
        raise DatasetError(f"{path}: several reference dates ({', '.join(dates)}); keep one")
    if not dates and not given:
        raise DatasetError(f"{path}: the reference date is not known; give it")
    if given and dates:
        require_known(given, dates, path=path)
    date = given or dates[0]
    return date_in(date, path=path)


def require_secondaries(dates: Sequence[str], master: str, *, folder: Path, name: str) -> None:
    """Refuse a stack without secondary images, or with the reference image among them."""
    if not dates:
        raise DatasetError(
            f"{folder}: holds no YYYYMMDD/{name}; give INSAR_<date>, or its {SMALL_BASELINES}"
        )
    if master in dates:
        raise ParameterError(
            f"{folder / master}: is the reference date {master}; remove the folder: an "
            "interferogram of the reference image with itself carries nothing"
        )


def lines_of(values: Iterable[object]) -> str:
    """Give the text of a file with one value per line."""
    return "".join(f"{value}\n" for value in values)


def require_text(texts: dict[str, str], name: str, *, folder: Path, hint: str) -> None:
    """Refuse a stack for which a text file that stage 1 needs could not be made."""
    if not texts.get(name, "").strip():
        raise ArtifactError(
            f"{folder}: {name} is not there and cannot be derived ({hint}); put it there"
        )

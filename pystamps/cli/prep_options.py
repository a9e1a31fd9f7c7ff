"""Options of ``pystamps prep`` under the names of earlier versions, beside those of today."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from pystamps.config.groups import PAIR_OF_NUMBERS, named_setting

_Command = TypeVar("_Command", bound=Callable[..., Any])
_POSITIVE = click.IntRange(1)
_NOT_NEGATIVE = click.IntRange(0)
_DASHED_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A setting RANGExAZIMUTH and the two options that say it by halves."""

    setting: str
    range_option: str
    azimuth_option: str


_PAIRS = (
    _Pair("patches", "range_patches", "azimuth_patches"),
    _Pair("overlap", "range_overlap", "azimuth_overlap"),
)
_SAME = {"master_date": "master", "amp_dispersion": "threshold"}


def earlier_options(function: _Command) -> _Command:
    """Add the options of earlier versions to a command."""
    for option in (
        click.option("--azimuth-overlap", type=_NOT_NEGATIVE, help="Second number of --overlap."),
        click.option("--range-overlap", type=_NOT_NEGATIVE, help="First number of --overlap."),
        click.option("--azimuth-patches", type=_POSITIVE, help="Second number of --patches."),
        click.option("--range-patches", type=_POSITIVE, help="First number of --patches."),
        click.option("--amp-dispersion", type=float, help="The same as --threshold."),
        click.option("--master-date", metavar="YYYYMMDD", help="The same as --master."),
        click.option(
            "--dataset",
            "-d",
            "dataset_option",
            type=click.Path(path_type=Path, file_okay=False),
            help="The same as DATASET; without EXPORT the export lies in it.",
        ),
    ):
        function = option(function)
    return function


def export_and_dataset(
    export: Path | None, dataset: Path | None, dataset_option: Path | None
) -> tuple[Path, Path]:
    """Give the folder of the export and the root of the data set, however they were given."""
    given = [path for path in (dataset, dataset_option) if path is not None]
    if len({path.resolve() for path in given}) > 1:
        raise click.UsageError(
            f"DATASET {dataset} and --dataset {dataset_option} differ; give one of them"
        )
    if not given:
        raise click.UsageError("give EXPORT and DATASET, or --dataset where the export lies in it")
    return export or given[0], given[0]


def with_earlier_options(settings: dict[str, Any]) -> dict[str, Any]:
    """Put the options of earlier versions into the settings of today.

    Parameters
    ----------
    settings : dict
        Options of the command that runs, by name; None = not given.

    Returns
    -------
    dict
        Settings of ``dataset.raw``.
    """
    settings = dict(settings)
    for earlier, today in _SAME.items():
        value = settings.pop(earlier)
        if value is not None:
            _refuse_other(today, earlier, is_same=_dashless(settings[today]) == _dashless(value))
            settings[today] = value
    settings["master"] = _dashless(settings["master"])
    for pair in _PAIRS:
        halves = settings.pop(pair.range_option), settings.pop(pair.azimuth_option)
        if halves != (None, None):
            text = _joined(pair.setting, halves)
            is_same = _numbers(settings[pair.setting]) == _numbers(text)
            option = pair.range_option if halves[0] is not None else pair.azimuth_option
            _refuse_other(pair.setting, option, is_same=is_same)
            settings[pair.setting] = text
    return settings


def _joined(setting: str, halves: Sequence[int | None]) -> str:
    """Give RANGExAZIMUTH; a half that is not given has its default."""
    defaults = _numbers(str(named_setting(f"dataset.raw.{setting}").default))
    assert defaults is not None
    return "x".join(str(d if h is None else h) for h, d in zip(halves, defaults, strict=True))


def _numbers(text: str) -> tuple[int, ...] | None:
    pair = re.fullmatch(PAIR_OF_NUMBERS, text)
    return None if pair is None else tuple(int(number) for number in pair.groups())


def _dashless(value: Any) -> Any:
    """Give a date YYYY-MM-DD as eight digits, anything else as it is."""
    date = _DASHED_DATE.fullmatch(value) if isinstance(value, str) else None
    return value if date is None else "".join(date.groups())


def _refuse_other(today: str, earlier: str, *, is_same: bool) -> None:
    """Refuse two spellings of one setting that say different things."""
    given = click.get_current_context().get_parameter_source(today)
    if given is not ParameterSource.DEFAULT and not is_same:
        names = f"--{today} and --{earlier.replace('_', '-')}"
        raise click.UsageError(f"{names} mean the same and differ; give one of them")

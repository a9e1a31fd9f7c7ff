"""The StaMPS parameters of two trees: those that change results have to be the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.parameters.files import SourcedParameters, sourced_parameters
from pystamps.parameters.table import parameter_table
from pystamps.parameters.values import same_value, shown_value

_FILES = ("parms.mat", "localparms.mat")


@dataclass(frozen=True, slots=True)
class ParameterComparison:
    """The effective values of one parameter in both trees.

    Attributes
    ----------
    file : str
        ``parms.mat`` of the root or of a patch, wherever the values come from.
    name, found, expected : str
    counts : bool
        It changes results of the stages compared, and both trees know its value.
    is_equal : bool
    reason : str
        Why it does not count.
    """

    file: str
    name: str
    found: str
    expected: str
    counts: bool
    is_equal: bool
    reason: str = ""


def compare_parameters(
    run: Path, layers: Sequence[Path], *, stages: frozenset[int]
) -> tuple[ParameterComparison, ...]:
    """Compare the effective parameters of the root, and of patches that have some of their own.

    Parameters
    ----------
    run : Path
    layers : sequence of Path
        Golden trees; the last one with ``parms.mat`` holds the parameters.
    stages : frozenset of int
        Numbers of the stages whose results are compared, as parameters list them.

    Raises
    ------
    DatasetError
        One of the trees has no ``parms.mat``: which one, in words.
    ParameterError
        A value of either tree cannot be read.
    """
    golden = next((layer for layer in reversed(layers) if _has_parameters(layer)), None)
    if golden is None or not _has_parameters(run):
        without = run if golden is not None else layers[-1]
        raise DatasetError(f"{without}: has no parms.mat, so that no parameter was compared")
    compared = []
    for folder in ("", *_patches_with_own(run, golden)):
        ours, theirs = (sourced_parameters(root, root / folder, {}) for root in (run, golden))
        file = f"{folder}/parms.mat" if folder else "parms.mat"
        compared += _compare(file, ours, theirs, stages)
    return tuple(compared)


def wavelength_of(trees: Sequence[Path]) -> float | None:
    """Give the wavelength in m from the first tree whose ``parms.mat`` holds it."""
    for root in trees:
        if _has_parameters(root):
            sourced = sourced_parameters(root, root, {})
            if sourced.sources["lambda"] != "default":
                return sourced.parameters.lambda_
    return None


def _has_parameters(root: Path) -> bool:
    return (root / "parms.mat").is_file()


def _patches_with_own(*trees: Path) -> list[str]:
    """Give the patches of either tree with a file of parameters, where both have the patch."""
    own = {
        path.parent.name
        for root in trees
        for name in _FILES
        for path in root.glob(f"*/{name}")
        if all((other / path.parent.name).is_dir() for other in trees)
    }
    return sorted(own)


def _compare(
    file: str, ours: SourcedParameters, theirs: SourcedParameters, stages: frozenset[int]
) -> list[ParameterComparison]:
    compared = []
    for name, field_name, info, _ in parameter_table():
        found, expected = (getattr(side.parameters, field_name) for side in (ours, theirs))
        reason = ""
        if not stages & set(info.stages):
            reason = "changes no result of the stages compared"
        elif info.from_headers and "default" in (ours.sources[name], theirs.sources[name]):
            reason = "comes from the headers of the stack, which one of the trees lacks"
        compared.append(
            ParameterComparison(
                file,
                name,
                shown_value(found),
                shown_value(expected),
                counts=not reason,
                is_equal=same_value(found, expected),
                reason=reason,
            )
        )
    return compared

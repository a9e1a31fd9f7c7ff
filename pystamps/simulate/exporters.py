"""What each processor writes: an export of a simulated stack as the real program leaves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pystamps.errors import ParameterError
from pystamps.simulate import clean_export, doris_export, gamma_export, isce_export, snap_export
from pystamps.simulate.export_layout import ExportLayout
from pystamps.simulate.paired_export import paired_insar, paired_slant_range
from pystamps.simulate.stack import Stack

CLEAN = "clean"
"""The form of no program: complete and exact texts, read as an export of SNAP."""


@dataclass(frozen=True, slots=True)
class _Exporter:
    """What is known of an exporter.

    Attributes
    ----------
    forms : tuple of str
        The usual one first; nothing for the clean form.
    layout : callable
        Describes the export with one reference image: stack, root, form.
    paired : callable
        Turns that into the export of the pairs of the stack.
    """

    forms: tuple[str, ...]
    layout: Callable[[Stack, Path, str], ExportLayout]
    paired: Callable[[ExportLayout, Stack], ExportLayout]


_MAKERS: Mapping[str, _Exporter] = MappingProxyType(
    {
        CLEAN: _Exporter(
            (),
            lambda stack, root, _: clean_export.clean_layout(stack, root),
            partial(paired_slant_range, baseline_text=clean_export.clean_baseline_text),
        ),
        "snap": _Exporter(
            snap_export.SNAP_FORMS,
            snap_export.snap_layout,
            partial(paired_slant_range, baseline_text=snap_export.snap_baseline_text),
        ),
        "gamma": _Exporter(
            gamma_export.GAMMA_FORMS,
            gamma_export.gamma_layout,
            partial(paired_slant_range, baseline_text=gamma_export.gamma_baseline_text),
        ),
        "isce": _Exporter(
            isce_export.ISCE_FORMS,
            isce_export.isce_layout,
            partial(paired_insar, interferogram="isce_minrefdem.int", image_suffix=".slc"),
        ),
        "doris": _Exporter(
            doris_export.DORIS_FORMS,
            doris_export.doris_layout,
            partial(paired_insar, interferogram="cint.minrefdem.raw", image_suffix="_filtrg.slc"),
        ),
    }
)

EXPORTERS = tuple(name for name in _MAKERS if name != CLEAN)
"""Processors whose exports can be written."""


def exporter_forms(exporter: str) -> tuple[str, ...]:
    """Give the forms of an exporter, the usual one first; nothing for the clean form."""
    return _MAKERS[exporter].forms


def read_as(exporter: str) -> str:
    """Give the processor that reads the export of an exporter."""
    return "snap" if exporter == CLEAN else exporter


def checked_form(exporter: str, form: str) -> str:
    """Give the form of an exporter that was asked for, the usual one for "".

    Raises
    ------
    ParameterError
        There is no such exporter or form.
    """
    if exporter not in (CLEAN, *EXPORTERS):
        known = ", ".join((CLEAN, *EXPORTERS))
        raise ParameterError(f"exporter {exporter!r} is unknown; use one of {known}")
    forms = exporter_forms(exporter)
    if form and form not in forms:
        raise ParameterError(
            f"exporter {exporter}: form {form!r} is unknown; use "
            + (f"one of {', '.join(forms)}" if forms else "none")
        )
    return form or (forms or ("",))[0]


def export_layout(
    stack: Stack, root: Path, *, exporter: str = CLEAN, form: str = ""
) -> ExportLayout:
    """Describe the export of a stack below a folder.

    Parameters
    ----------
    stack : Stack
    root : Path
        Links have absolute targets below it.
    exporter : str
        A processor, or "clean".
    form : str
        One of :func:`exporter_forms`; empty = the usual one.

    Raises
    ------
    ParameterError
        There is no such exporter or form.
    """
    form, root = checked_form(exporter, form), root.absolute()
    made = _MAKERS[exporter]
    layout = made.layout(stack, root, form)
    return made.paired(layout, stack) if stack.pairs else layout

"""Result files and logs of Doris: header, process control, and one section per step.

Version 4 appends a section per step to the result files of images and interferograms; version 5
(Sentinel-1) writes them anew with columns of its own and blanks after the stars. Learnt from its
public sources and from result files that people show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pystamps.arrays import Float64

_STARS = "*" * 67
_APPENDED = (
    "   *====================================================================*\n"
    "   |                                                                    |\n"
    "       Following part is appended at: {now}\n"
    "                 Using Doris version  4.0.8 (04-09-2014)\n"
    "\t\t     build \tTue Aug 25 11:04:54 2015          \n"
    "   |                                                                    |\n"
    "   *--------------------------------------------------------------------*\n"
)
_HEADER_4 = """=====================================================
 {kind} RESULTFILE: {blank}{name}

Created by:             
InSAR Processor:        Doris (Delft o-o Radar Interferometric Software)
Version:                version  4.0.8 (04-09-2014)
\t\t     build \tTue Aug 25 11:04:54 2015 (optimal)
FFTW library:           used
VECLIB library:         not used
LAPACK library:         not used
Compiled at:            Dec  1 2015 15:20:48
By GNU gcc:             4.8.4
File creation at:       {now}
 -------------------------------------------------------
| Delft Institute of Earth Observation & Space Systems  |
|          Delft University of Technology               |
|              http://doris.tudelft.nl                  |
|                                                       |
| Author: (c) TUDelft - DEOS Radar Group                |
 -------------------------------------------------------


"""  # noqa: W291 - as Doris prints it
_NOW = "Tue Oct  1 18:02:11 2019"

ENTRY = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """What one step wrote.

    Attributes
    ----------
    name : str
    entries : tuple of pairs of str
        Keys and values; an entry without key is a line of its own.
    note : str
        What version 4 writes behind the name.
    """

    name: str
    entries: tuple[ENTRY, ...]
    note: str = ""


def result_file(
    kind: str, name: str, steps: Iterable[ENTRY], sections: Iterable[Section], *, version: str
) -> str:
    """Give a result file.

    Parameters
    ----------
    kind : str
        MASTER, SLAVE or INTERFEROGRAM.
    name : str
        Of the file.
    steps : iterable of pairs
        Process control: name of each step, and "1" where it was done.
    sections : iterable of Section
    version : str
        "4" or "5".
    """
    if version == "5":
        header = _header_5(name)
        control = "".join(f"{step}:\t\t{done}\n" for step, done in steps)
        body = "".join(_section_5(section) for section in sections)
    else:
        header = _HEADER_4.format(kind=kind, name=name, blank=" " * 8, now=_NOW)
        control = "".join(f"{step}:\t\t{done}\n" for step, done in steps)
        body = "".join(_section_4(section, k > 0) for k, section in enumerate(sections))
    return f"{header}\nStart_process_control\n{control}End_process_control\n{body}"


def _header_5(name: str) -> str:
    rows = (
        ("MASTER RESULTFILE:", name), ("Created by", "Doris TU Delft"),
    )  # fmt: skip
    more = (
        ("Version", "Version (2015) (For TOPSAR)"), ("FFTW library", "used"),
        ("VECLIB library", "not used"), ("LAPACK library", "not used"),
        ("Compiled at", "XXXXXXXX"), ("By GUN gcc", "XXXXXXXX"),
    )  # fmt: skip
    line = "===============================================\n"
    first = "".join(f"{key + ':':<40}{value}\n" for key, value in rows)
    rest = "".join(f"{key + ':':<40}{value}\n" for key, value in more)
    program = "Doris (Delft o-o Radar Interferometric Software)"
    return f"{line}{first}{program}{rest}{line}\n\n"


def _section_4(section: Section, is_appended: bool) -> str:
    lines = "".join(f"{key}: \t\t\t\t{value}\n" if key else f"{value}\n"
                    for key, value in section.entries)  # fmt: skip
    before = f"\n\n{_APPENDED.format(now=_NOW)}\n" if is_appended else ""
    note = f"\t\t\t{section.note}" if section.note else ""
    return (
        f"{before}\n\n{_STARS}\n*_Start_{section.name}:{note}\n{_STARS}\n{lines}{_STARS}\n"
        f"* End_{section.name}:_NORMAL\n{_STARS}\n\n   Current time: {_NOW}\n"
    )


def _section_5(section: Section) -> str:
    width = max([len(key) for key, _ in section.entries], default=0) + 8
    lines = "".join(f"{key + ':':<{width}}{value}\n" if key else f" {value}\n"
                    for key, value in section.entries)  # fmt: skip
    stars = f"{_STARS} \n"
    return (
        f"\n\n\n{stars}*_Start_{section.name}:\n{stars}{lines}{stars}"
        f"* End_{section.name}:_NORMAL\n{stars}"
    )


def window_entries(
    lines: tuple[int, int], pixels: tuple[int, int], frame: str
) -> tuple[ENTRY, ...]:
    """Give the four bounds of a section, counted from 1 in a frame such as ``original_image``."""
    return (
        (f"First_line (w.r.t. {frame})", f"{lines[0]}"),
        (f"Last_line (w.r.t. {frame})", f"{lines[1]}"),
        (f"First_pixel (w.r.t. {frame})", f"{pixels[0]}"),
        (f"Last_pixel (w.r.t. {frame})", f"{pixels[1]}"),
    )


def coarse_log(rows: Float64) -> str:
    """Give what Doris says on the terminal about baselines on nodes (card DUMPBASELINE).

    Parameters
    ----------
    rows : float64, (nodes, 6)
        Line, pixel, height (m), parallel and perpendicular baseline (m), look angle (degrees).
    """
    text = [
        "INFO    : @(#)Doris InSAR software, $Revision: 4.0.8 $, $Author: TUDelft $\n"
        "PROGRESS: Start COARSEORB.\n"
    ]
    for line, pixel, height, parallel, perpendicular, look in rows.tolist():
        text.append(
            f"INFO    : The baseline parameters for (l,p,h) = {line:g}, {pixel:g}, {height:g}\n"
            f"INFO    : \tBpar, Bperp:      \t{parallel:.6g} \t{perpendicular:.6g}\n"
            "INFO    : \tHeight ambiguity: \t52.1\n"
            f"INFO    : \tLook angle (deg): \t{look:.6g}\n"
        )
    text.append("PROGRESS: Coarse precise orbits coregistration finished.\n")
    return "".join(text)

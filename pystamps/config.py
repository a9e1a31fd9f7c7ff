"""The configuration of a run: dataset, stamps, runtime, kernels, tolerance, tools, compat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pystamps_kernels import KernelChoice


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a run uses the machine.

    Attributes
    ----------
    memory_budget_mb : int
        Workspace that a stage may use beyond the artifacts it reads and writes.
    unwrap_workers : int
        snaphu processes at a time; 0 = threads of the job.
    mat_version : str
        "5" (v7.3 only where a variable exceeds the v5 limit) or "7.3".
    raw_root : Path or None
        Folder searched for the raw export when the paths in the text files are stale.
    """

    memory_budget_mb: int = 2000
    unwrap_workers: int = 0
    mat_version: str = "5"
    raw_root: Path | None = None


@dataclass(frozen=True, slots=True)
class KernelSettings:
    """Which backend runs the kernels (see :mod:`pystamps_kernels`); results do not depend on it.

    Attributes
    ----------
    backend : str
        auto, python (NumPy), native (Numba) or cuda; auto takes the fastest that this machine has.
    kernel_backend_overrides : mapping
        Backend of single kernels, by the kernel's name.
    native_threads : int
        Threads of a native kernel; 0 = threads of the job.
    """

    backend: str = "auto"
    kernel_backend_overrides: Mapping[str, str] = field(default_factory=dict)
    native_threads: int = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Tolerances of ``pystamps verify``; integers and masks are always compared exactly.

    Attributes
    ----------
    relative : float
        Largest difference relative to the larger of the two values.
    absolute : float
        Difference that is always accepted.
    phase_rad : float
        Largest difference of phases and of the arguments of complex values.
    """

    relative: float = 1e-4
    absolute: float = 1e-6
    phase_rad: float = 1e-4


@dataclass(frozen=True, slots=True)
class Tools:
    """External programs.

    Attributes
    ----------
    snaphu : str
        "auto" (PATH, then the binary of the snaphu package) or a path.
    delaunay : str
        "qhull" (SciPy) or "triangle" (package triangle).
    """

    snaphu: str = "auto"
    delaunay: str = "qhull"


@dataclass(frozen=True, slots=True)
class Compat:
    """Defects of StaMPS that change numbers: True reproduces the original, False corrects it.

    Attributes
    ----------
    wild_positions_kept : bool
        Stage 1: NaN and (0, 0) positions take part in the local origin and rotation.
    mean_baseline_in_single : bool
        Stage 1 of gamma and snap stacks: the mean baseline is summed in single precision, one
        candidate after the other; wrong by 1 % for patches of millions of candidates.
    null_candidate_clears_cell : bool
        Stage 2: a candidate with a null interferogram removes its grid cell from the filter.
    slc_osf_first_interferogram_only : bool
        Stage 3: with slc_osf > 1 the neighbourhood is zeroed in the first interferogram only.
    adjacent_by_lowest_neighbour : bool
        Stage 4: groups of touching pixels through the lowest-numbered neighbour, not connected
        components.
    merged_metadata_of_last_patch : bool
        Stage 5: root ps2 keeps ll0, bperp, ... of the last patch merged.
    merge_grid_origin_one_metre : bool
        Stage 5 with resampling: the grid is anchored at (1 m, 1 m).
    column_fringe_sign_reversed : bool
        Stage 6 with the spatial cost function: sign of the column fringe frequency.
    scn_full_list_master_position : bool
        Stage 8: position of the reference image counted in the full list of images.
    scn_missing_phase_as_zero : bool
        Stage 8: pixels without phase enter the spatial filter as zeros.
    """

    wild_positions_kept: bool = True
    mean_baseline_in_single: bool = True
    null_candidate_clears_cell: bool = True
    slc_osf_first_interferogram_only: bool = True
    adjacent_by_lowest_neighbour: bool = True
    merged_metadata_of_last_patch: bool = True
    merge_grid_origin_one_metre: bool = True
    column_fringe_sign_reversed: bool = True
    scn_full_list_master_position: bool = True
    scn_missing_phase_as_zero: bool = True


@dataclass(frozen=True, slots=True)
class RawExport:
    """The raw export that a data set is prepared from (stage 0).

    Attributes
    ----------
    processor : str
        Program that made the export.
    export : Path or None
        Folder of the export; none = the data set is prepared already.
    master : str
        Date of the reference image, YYYYMMDD; empty = as the export says.
    threshold : float
        Largest amplitude dispersion of a candidate; 0 = 0.4 (small baselines 0.6), negative =
        select above.
    patches : str
        Patches in range x azimuth, for example 2x3, or auto = from the memory budget.
    overlap : str
        Overlap of the patches in samples x lines.
    mask : Path or None
        Bytes of the size of the image; other than 0 = left out.
    water_mask : Path or None
        Bytes of the size of the image; 1 = water, left out.
    area : str
        WEST,SOUTH,EAST,NORTH in degrees, or a GeoJSON or GeoPackage file; candidates outside are
        left out.
    paths : str
        How text files name the export; auto = relative when it lies near the data set.
    is_remainder_dropped : bool
        As StaMPS: columns and lines that the division into patches leaves over belong to no patch.
    are_invalid_positions_kept : bool
        As StaMPS: candidates with NaN or zero position or NaN height are kept.
    are_zero_amplitudes_kept : bool
        As StaMPS, small baselines only: pixels that are zero in some image can be candidates.
    """

    processor: str = "snap"
    export: Path | None = None
    master: str = ""
    threshold: float = 0.0
    patches: str = "1x1"
    overlap: str = "50x50"
    mask: Path | None = None
    water_mask: Path | None = None
    area: str = ""
    paths: str = "auto"
    is_remainder_dropped: bool = False
    are_invalid_positions_kept: bool = False
    are_zero_amplitudes_kept: bool = False


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that a run needs to know beside the data set itself.

    Attributes
    ----------
    dataset : Path
        Root of the data set.
    raw : RawExport
        What the data set is prepared from.
    stamps : mapping
        StaMPS parameters (StaMPS names) that override parms.mat; "nan" resets to the default.
    """

    dataset: Path = Path()
    raw: RawExport = RawExport()
    stamps: Mapping[str, Any] = field(default_factory=dict)
    runtime: Runtime = Runtime()
    kernels: KernelSettings = field(default_factory=KernelSettings)
    tolerance: Tolerance = Tolerance()
    tools: Tools = Tools()
    compat: Compat = Compat()

    @property
    def kernel_choice(self) -> KernelChoice:
        """Backends in the form that kernels take."""
        k = self.kernels
        return KernelChoice(k.backend, k.kernel_backend_overrides, k.native_threads)

    @classmethod
    def from_file(cls, path: Path) -> RunConfig:
        """Read a configuration file (YAML).

        Raises
        ------
        ParameterError
            The file is missing or unreadable, a key is unknown, or a value is not allowed.
        """
        from pystamps.config_schema import read_mapping

        return cls.from_mapping(read_mapping(path), source=str(path))

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Any], *, source: str = "configuration"
    ) -> RunConfig:
        """Check the groups of a configuration file and give them their types.

        Parameters
        ----------
        mapping : mapping
            As in ``config/config.yaml``; groups and keys may be left out or None (default).
            Relative paths count from the current directory.
        source : str
            Beginning of error messages, usually the file.

        Raises
        ------
        ParameterError
            A key is unknown or a value is not allowed.
        """
        from pystamps.config_schema import checked_groups

        return cls(**checked_groups(mapping, source=source))

    def to_mapping(self) -> dict[str, Any]:
        """Give the configuration as plain values, the inverse of :meth:`from_mapping`."""
        from pystamps.config_schema import plain

        groups = {item.name: plain(getattr(self, item.name)) for item in fields(self)}
        return groups | {"dataset": {"path": str(self.dataset), "raw": groups.pop("raw")}}

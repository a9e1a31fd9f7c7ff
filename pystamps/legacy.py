"""Where every routine and command of StaMPS is in pySTAMPS."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pystamps.legacy_proofs import SHOWN_BY

RoutineStatus = Literal["ready", "partial", "planned", "not needed", "not known"]


@dataclass(frozen=True, slots=True)
class LegacyRoutine:
    """One routine or command of StaMPS.

    Attributes
    ----------
    name : str
        As in StaMPS.
    stage : str
        Stage of StaMPS: 0 to 8, "products", "driver" or "files".
    here : str
        Module or command of pySTAMPS; empty when there is none.
    status : str
        ready, partial, planned, not needed, or not known (of a copy of StaMPS, without a row here).
    note : str
        What differs, for people.
    shown_by : str
        Test that compares it with StaMPS, or shows that it does its work; empty where it is not
        here.
    """

    name: str
    stage: str
    here: str
    status: RoutineStatus
    note: str = ""
    shown_by: str = ""


def _there(
    stage: str, here: str, status: RoutineStatus, note: str, names: tuple[str, ...]
) -> list[LegacyRoutine]:
    tests = [SHOWN_BY.get(name, SHOWN_BY.get(here, "")) for name in names]
    return [
        LegacyRoutine(name, stage, here, status, note, test)
        for name, test in zip(names, tests, strict=True)
    ]


def _ready(stage: str, here: str, *names: str, note: str = "") -> list[LegacyRoutine]:
    return _there(stage, here, "ready", note, names)


def _planned(stage: str, note: str, *names: str) -> list[LegacyRoutine]:
    return [LegacyRoutine(name, stage, "", "planned", note) for name in names]


def _not_needed(stage: str, note: str, *names: str) -> list[LegacyRoutine]:
    return [LegacyRoutine(name, stage, "", "not needed", note) for name in names]


def _partial(stage: str, here: str, note: str, *names: str) -> list[LegacyRoutine]:
    return _there(stage, here, "partial", note, names)


_DEAD = "dead code in StaMPS"
_ELSEWHERE = "interferograms are made elsewhere"
_SCRATCH = "draws what the unwrapping of StaMPS leaves behind"
_BY_HAND = "edit phuw_sb2.mat, then pystamps import"
_IONOSPHERE = "ionospheric corrections"

LEGACY_ROUTINES: tuple[LegacyRoutine, ...] = (
    *_ready("driver", "pystamps run", "stamps", note="Snakemake decides what runs"),
    *_ready("driver", "pystamps params", "getparm"),
    *_ready("driver", "pystamps run --set", "setparm", note="or the configuration file"),
    *_ready("driver", "pystamps.parameters", "ps_parms_default", "ps_parms_initial"),
    *_ready("driver", "pystamps prep", "sb_parms_initial"),
    *_not_needed("driver", "Snakemake runs patches in parallel", "stamps_mc", "stamps_mc_header"),
    *_ready("driver", "pystamps status", "stamps_processing_stage"),
    *_not_needed("driver", "Snakemake runs jobs in parallel", "batchjob", "doris_mc_header"),
    *_not_needed("driver", "patch.list names the patches to process", "patch_search"),
    *_not_needed("driver", "the workflow repeats what is out of date", "scla_reset"),
    *_ready("files", "pystamps.io.mat", "stamps_save", note="whole files, never appended"),
    *_ready("files", "pystamps.processors.isce_patch", "load_isce"),
    *_ready("files", "pystamps.processors.isce_patch", "get_parm_xml"),
    *_ready("files", "pystamps.io.par_file", "readparm"),
    *_ready("files", "pystamps.processors.rasters", "readcpx"),
    *_ready("files", "pystamps log", "logit"),
    *_not_needed("files", "one call of NumPy or SciPy", "writecpx", "griddata_version_control"),
    *_not_needed("files", "stage 1 reads these files", "ps_load_info"),
    *_not_needed("files", "generations are explicit; psver.mat is written", "getpsver", "setpsver"),
    *_not_needed("0", _ELSEWHERE, "step_*", "make_*", "link_*"),
    *_not_needed("0", _ELSEWHERE, "azi_f_resample", "coreg_inv", "coreg_pos", "splitaz"),
    *_not_needed("0", _ELSEWHERE, "interp_dem", "calc_dem_offset", "masterchoice"),
    *_not_needed("0", _ELSEWHERE, "combine_amp_dem", "plot_amp_dem", "plot_all_ifgs"),
    *_ready("0", "pystamps prep", "mt_prep_snap", "mt_prep_gamma", "mt_prep", "mt_prep_isce"),
    *_ready("0", "pystamps prep", "mt_extract_info", "mt_extract_cands"),
    *_ready("0", "pystamps prep", "mt_prep_suggestion", note="--patches auto"),
    *_planned("0", "preparation of GSAR stacks; data sets that it made are loaded", "mt_prep_gsar"),
    *_ready("0", "pystamps.prep.calibration", "calamp"),
    *_ready("0", "pystamps.prep.selection", "selpsc_patch", "selsbc_patch"),
    *_ready("0", "pystamps.prep.extraction", "psclonlat", "pscdem", "pscphase"),
    *_ready("0", "pystamps multilook", "mt_ml_select"),
    *_planned("0", "multilooked files of GAMMA", "mt_ml_select_gamma"),
    *_ready("1", "pystamps.stages.stage1_load", "ps_load_initial", "ps_load_initial_gamma"),
    *_ready("1", "pystamps.stages.stage1_load", "ps_load_initial_isce"),
    *_ready("1", "pystamps.stages.stage1_load", "ps_load_initial_gsar"),
    *_ready("1", "pystamps.stages.stage1_load", "sb_load_initial", "sb_load_initial_gamma"),
    *_ready("1", "pystamps.stages.stage1_load", "sb_load_initial_isce"),
    *_ready("1", "pystamps.geo", "llh2local", "local2llh"),
    *_ready("2", "pystamps.stages.stage2_gamma", "ps_est_gamma_quick"),
    *_ready("2", "pystamps_kernels.stage2_topofit", "ps_topofit"),
    *_ready("2", "pystamps.stages.stage2_gamma", "clap_filt"),
    *_ready("3", "pystamps.stages.stage3_select", "ps_select", "clap_filt_patch"),
    *_ready("4", "pystamps.stages.stage4_weed", "ps_weed"),
    *_ready("5", "pystamps.stages.stage5_correct", "ps_correct_phase"),
    *_ready("5", "pystamps.stages.stage5_merge", "ps_merge_patches"),
    *_ready("5", "pystamps.stages.stage5_ifg_std", "ps_calc_ifg_std"),
    *_ready("5", "pystamps combine", "ps_sb_merge"),
    *_ready("6", "pystamps.stages.stage6_phase", "ps_unwrap", "uw_3d"),
    *_ready("6", "pystamps.stages.stage6_grid", "uw_grid_wrapped"),
    *_ready("6", "pystamps.stages.stage6_arcs", "uw_interp", note="no Triangle"),
    *_ready("6", "pystamps.stages.stage6_time", "uw_sb_unwrap_space_time"),
    *_ready("6", "pystamps_kernels.stage6_annealed_series", "uw_sb_smooth_unwrap"),
    *_ready("6", "pystamps.stages.stage6_costs", "uw_stat_costs", note="snaphu is called"),
    *_ready("6", "pystamps.stages.stage6_pixels", "uw_unwrap_from_grid"),
    *_ready("6", "pystamps.stages.goldstein", "wrap_filt"),
    *_ready("6", "pystamps.stages.stage6_gradient", "gradient_filt"),
    *_not_needed("6", _DEAD, "uw_unwrap_time", "uw_unwrap_space", "uw_unwrap_space_time"),
    *_not_needed("6", _DEAD, "uw_triangulate", "uw_nosnaphu", "goldstein_filt"),
    *_not_needed("6", _SCRATCH, "plot_uw", "plot_edges"),
    *_not_needed("6", _BY_HAND, "sb_fix_unwrap_manual", "sb_fix_unwrap_manual_new"),
    *_ready("6", "pystamps.stages.sb_inversion", "sb_invert_uw"),
    *_ready("6", "pystamps.stages.closure_loops", "sb_make_closure_loops", "dijkstra"),
    *_ready("6", "pystamps.stages.closure_loops", "sb_identify_good_pixels"),
    *_ready("7", "pystamps.stages.stage7_scla", "ps_calc_scla", "ps_smooth_scla"),
    *_ready("8", "pystamps.stages.stage8_filter", "ps_scn_filt"),
    *_ready("8", "pystamps.stages.stage8_kriging", "ps_scn_filt_krig"),
    *_ready("8", "pystamps.stages.kriging", "ps_kriging", note="ordinary; StaMPS uses no other"),
    *_ready(
        "8",
        "pystamps.stages.variogram",
        "ps_fit_vario",
        "ps_variogram",
        note="exponential; StaMPS uses no other",
    ),
    *_ready("products", "pystamps.stages.reference_area", "ps_setref"),
    *_ready("products", "pystamps.stages.deramp", "ps_deramp"),
    *_ready(
        "products",
        "pystamps.products.velocity",
        "ps_mean_v",
        note="standard deviations: pystamps plot vs-do",
    ),
    *_partial("products", "pystamps plot", "no ionosphere and tide", "ps_plot"),
    *_ready("products", "pystamps plot", "ps_plot_ifg", "parseplotprm"),
    *_ready("products", "pystamps plot ts", "ps_plot_ts", "ts_plot", "ts_plotdiff"),
    *_ready("products", "pystamps plot ts", "ts_flaghelper", "putdates"),
    *_ready("products", "pystamps plot network", "ps_baseline_plot"),
    *_ready("products", "pystamps plot profile", "profiler"),
    *_ready("products", "pystamps.plotting.ground", "ps_load_dem", "ps_load_mean_amp"),
    *_not_needed("products", "Matplotlib has the colours", "cptcmap"),
    *_ready("products", "pystamps info", "ps_info", note="dates: pystamps ifgs"),
    *_partial(
        "products",
        "pystamps export",
        "other names and columns in the files",
        "ps_output",
        "ps_shapefile",
        "ps_gescatter",
        "gescatter",
    ),
    *_ready(
        "7", "pystamps.stages.delay_inversion", "sb_invert_aps", note="tca2.mat stays as it is"
    ),
    *_ready("7", "pystamps.io.delay_files", "ps_plot_tca", note="chosen by tropo_method"),
    *_ready("products", "pystamps.corrections.linear_delays", "aps_linear", note="of TRAIN"),
    *_ready("products", "pystamps.corrections.power_law_delays", "aps_powerlaw", note="of TRAIN"),
    *_ready("products", "pystamps.corrections.power_law_soundings", "sounding", note="of TRAIN"),
    *_partial(
        "products",
        "pystamps.corrections.delay_phase",
        "of TRAIN; delays of GACOS, MintPy, RAiDER and tables, no download",
        "aps_weather_model_InSAR",
    ),
    *_not_needed(
        "products", "of TRAIN; what they leave in tca2.mat is read", "aps_meris", "aps_modis"
    ),
    *_planned("products", _IONOSPHERE, "sb_invert_iono", "ps_plot_ica"),
    *_not_needed("products", "interactive, replaced by TRAIN", "ps_calc_tca"),
    *_ready("products", "pystamps pairs", "sb_find"),
    *_not_needed(
        "products", "pystamps pairs; any list will do", "sb_find_delaunay", "sb_find_consec"
    ),
    *_ready("products", "pystamps plot network", "sb_baseline_plot", "plot_sb_baselines"),
    *_ready("products", "pystamps ifgs", "sb_info", "ps_baselines"),
    *_ready("products", "pystamps.products.oscillator_drift", "env_oscilator_corr"),
    *_ready("products", "pystamps.products.point_table", "K2q", note="geometry of the stack"),
)
"""In the order of the stages."""

STAGES_OF_STAMPS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "products")
"""Stages of the routines that work on data, not the driver's and those of files."""


def routines_below(root: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """Look which routines a copy of StaMPS has.

    Parameters
    ----------
    root : Path
        Folder of StaMPS, or its ``matlab``.

    Returns
    -------
    set of str
        Names of :data:`LEGACY_ROUTINES` that are there, as MATLAB file, script or program.
    tuple of str
        MATLAB files that this table does not know.
    """
    files = [path for path in root.rglob("*") if path.is_file()]
    stems = {path.name.partition(".")[0] for path in files}
    known = frozenset(r.name for r in LEGACY_ROUTINES if any(fnmatch.filter(stems, r.name)))
    names = [routine.name for routine in LEGACY_ROUTINES]
    routines = sorted({path.stem for path in files if path.suffix == ".m"})
    unknown = (r for r in routines if not any(fnmatch.fnmatchcase(r, name) for name in names))
    return known, tuple(unknown)


def planned_forms() -> dict[tuple[str, str], tuple[str, ...]]:
    """Give what StaMPS has and this version refuses: stage and form to the routines of StaMPS."""
    found: dict[tuple[str, str], list[str]] = {}
    for routine in LEGACY_ROUTINES:
        if routine.status == "planned" and routine.stage in STAGES_OF_STAMPS:
            found.setdefault((routine.stage, routine.note), []).append(routine.name)
    return {key: tuple(names) for key, names in found.items()}

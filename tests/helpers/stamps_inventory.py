"""Files and variables of a StaMPS tree: stage, shape and class of each, for both kinds of sets.

Written from the description of the original, not from our layouts: it is what an original that
goes on with one of our trees expects to load.

A line is ``file variable shape class mode``. In a shape, ``n`` is the number of pixels of that
generation in that folder, ``I`` of interferograms, ``M`` of images, ``U`` of interferograms without
the null column; another letter is any size, the same in all variables of the file; ``.`` is any
size. ``|`` separates what is allowed. Classes are d(ouble), s(ingle), l(ogical), c(har); ``x``
behind it means complex. The mode is PS, SB, or nothing for both; ``?`` behind it: may be absent.
"""

from __future__ import annotations

from dataclasses import dataclass

from octave import SeenVariable

_TABLE = """
ps* ij n,3 d
ps* lonlat n,2 d
ps* xy n,3 s
ps* bperp I,1 d|s
ps* day M,1 d
ps* master_day 1,1 d
ps* master_ix 1,1 d
ps* n_ifg 1,1 d
ps* n_image 1,1 d
ps* n_ps 1,1 d
ps* ifgday I,2 d SB
ps* ifgday_ix I,2 d SB
ps* ll0 1,2 d
ps* mean_incidence 1,1 d
ps* mean_range 1,1 d
ps1 sort_ix a,1 d
ph* ph n,I sx|dx
bp* bperp_mat n,U s|d
la* la n,1 d
da1 D_A n,1 d
hgt* hgt n,1 d
pm1 ph_patch n,U sx
pm1 K_ps n,1 d
pm1 C_ps n,1 d
pm1 coh_ps n,1 d
pm1 coh_ps_save n,1 d
pm1 N_opt n,1 d
pm1 ph_res n,U s
pm1 ph_grid a,b,U sx
pm1 ph_weight n,U sx
pm1 grid_ij n,2 s
pm1 low_pass c,c d
pm1 Nr 1,100 d
pm1 coh_bins 1,100 d
pm1 n_trial_wraps 1,1 d|s
pm1 grid_size 1,1 d
pm1 step_number 1,1 d
pm1 i_loop 1,1 d
pm1 Nr_max_nz_ix 1,1 d
pm1 gamma_change_save 1,1 d
pm1 weighting n,1 d ?
select1 ix k,1 d
select1 keep_ix k,1 l
select1 ph_patch2 k,U sx
select1 ph_res2 k,U s
select1 K_ps2 k,1 d
select1 C_ps2 k,1 d
select1 coh_ps2 k,1 d
select1 coh_thresh 1,1|k,1|n,1 d
select1 coh_thresh_coeffs 1,2|0,0 d
select1 clap_alpha 1,1 d
select1 clap_beta 1,1 d
select1 n_win 1,1 d
select1 max_percent_rand 1,1 d|s
select1 gamma_stdev_reject 1,1 d
select1 small_baseline_flag 1,1 c
select1 ifg_index 1,. d
weed1 ix_weed a,1 l
weed1 ix_weed2 b,1 l
weed1 ps_std b,1 s|d
weed1 ps_max b,1 s|d
weed1 ifg_index 1,. d
pm2 ph_patch n,U sx|dx
pm2 ph_res n,U s|d
pm2 coh_ps n,1 d
pm2 K_ps n,1 d
pm2 C_ps n,1 d
rc2 ph_rc n,I sx|dx
rc2 ph_reref n,I sx PS
rc2 ph_reref 0,0 d SB?
ifgstd2 ifg_std I,1 s
uw_grid ph g,U sx
uw_grid ph_in n,U sx
uw_grid ph_lowpass g,U|0,0 sx|d
uw_grid ph_uw_predef g,U|0,0 s|d
uw_grid ph_in_predef n,U|0,0 s|d
uw_grid xy g,3 d
uw_grid ij g,2 d
uw_grid nzix i,j l
uw_grid grid_x_min 1,1 s
uw_grid grid_y_min 1,1 s
uw_grid n_i 1,1 s
uw_grid n_j 1,1 s
uw_grid n_ifg 1,1 d
uw_grid n_ps 1,1 d
uw_grid grid_ij n,2 s
uw_grid pix_size 1,1 d
uw_interp edgs e,3 d
uw_interp n_edge 1,1 d
uw_interp rowix a,j d
uw_interp colix i,b d
uw_interp Z i,j d
uw_space_time dph_space_uw e,U s|d
uw_space_time dph_noise e,U s|d
uw_space_time G U,M d
uw_space_time spread e,U d
uw_space_time ifreq_ij g,U|0,0 s|d
uw_space_time jfreq_ij g,U|0,0 s|d
uw_space_time shaky_ix e,1|0,0 l|d
uw_space_time predef_ix e,U|0,0 l|d
uw_phaseuw ph_uw g,U s
uw_phaseuw msd U,1 d
phuw2 ph_uw n,M s
phuw2 msd I,1 s PS
phuw2 unwrap_ifg_index_sm 1,. d SB
phuw_sb2 ph_uw n,I s
phuw_sb2 msd I,1 s
phuw_sb_res2 ph_res n,I s
phuw_sb_res2 sb_cov I,I d
phuw_sb_res2 sm_cov M,M d
scla2 ph_scla n,M s|d
scla2 K_ps_uw n,1 d
scla2 C_ps_uw n,1 s|d
scla2 ph_ramp n,M|0,0 d
scla2 ifg_vcm M,M d
scla_sb2 ph_scla n,I s|d
scla_sb2 K_ps_uw n,1 d
scla_sb2 C_ps_uw n,1 d
scla_sb2 ph_ramp n,I|0,0 d
scla_sb2 ifg_vcm I,I d
scla_smooth2 K_ps_uw n,1 d
scla_smooth2 C_ps_uw n,1 s|d
scla_smooth2 ph_scla n,M s|d
scla_smooth2 ph_ramp n,M|0,0 d
scla_smooth_sb2 K_ps_uw n,1 d
scla_smooth_sb2 C_ps_uw n,1 d
scla_smooth_sb2 ph_scla n,I s|d
scla_smooth_sb2 ph_ramp n,I|0,0 d
scn2 ph_scn_slave n,M d
scn2 ph_hpt n,. s
scn2 ph_ramp n,. d
mean_v m 2,n s|d
psver psver 1,1 d
no_ps_info stamps_step_no_ps 5,1 d
"""
_OF_COMBINED = """
pm2 ph_patch n,U sx
pm2 coh_ps n,1 d ?
merge2 G I,M d
merge2 psnu_coh a,1 s
merge2 psnu_ix a,1 d
merge2 sbnu_coh b,1 d
merge2 sbnu_ix b,1 d
merge2 psu_coh c,1 s
merge2 psu_ix c,1 d
"""
FILES_OF_STAGES = {
    1: "*/ps1 */ph1 */bp1 */la1 */da1 */hgt1 */psver */no_ps_info",
    2: "*/pm1",
    3: "*/select1",
    4: "*/weed1 */ps2 */ph2 */pm2 */bp2 */hgt2 */la2",
    5: "*/rc2 ps2 ph2 pm2 rc2 bp2 hgt2 la2 ifgstd2 psver",
    6: "uw_grid uw_interp uw_space_time uw_phaseuw phuw2",
    7: "scla2 scla_smooth2",
    8: "scn2",
}
"""MAT files that a stage of the original leaves; those with ``*/`` in every patch."""
FILES_OF_PAIRS = {6: "phuw_sb2 phuw_sb_res2", 7: "scla_sb2 scla_smooth_sb2"}
"""Those that small baselines have beside them; stage 7 has no ``scla_smooth2`` then."""
_CLASSES = {"d": "double", "s": "single", "l": "logical", "c": "char"}


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """What a variable of a file has to be."""

    shapes: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    is_optional: bool


def files_until(stage: int, *, is_small_baseline: bool) -> set[str]:
    """Give the files that the original has left after a stage, without ending."""
    found = {name for k in range(1, stage + 1) for name in FILES_OF_STAGES[k].split()}
    if is_small_baseline:
        pairs = (names.split() for k, names in FILES_OF_PAIRS.items() if k <= stage)
        found = (found - {"scla_smooth2"}).union(*pairs)
    return found


def lines_of(base: str, *, mode: str, is_combined: bool = False) -> dict[str, InventoryLine]:
    """Give the variables of a file: ``base`` is its name without folder and ending."""
    generic = f"{base[:-1]}*" if base[-1] in "12" else base
    table = _TABLE
    if is_combined and any(line.startswith(f"{base} ") for line in _OF_COMBINED.splitlines()):
        table = _OF_COMBINED
    found = {}
    for line in table.strip().splitlines():
        file, variable, shapes, classes, *rest = line.split()
        word = rest[0] if rest else ""
        if file not in (base, generic) or word.rstrip("?") not in ("", mode):
            continue
        found[variable] = InventoryLine(
            tuple(tuple(shape.split(",")) for shape in shapes.split("|")),
            tuple(classes.split("|")),
            word.endswith("?"),
        )
    return found


def what_differs(
    seen: dict[str, SeenVariable], expected: dict[str, InventoryLine], sizes: dict[str, int]
) -> list[str]:
    """Compare the variables of a file with the inventory; give a line for each that differs."""
    required = {name for name, line in expected.items() if not line.is_optional}
    wrong = [f"{name} is missing" for name in sorted(required - seen.keys())]
    wrong += [f"{name} is none of StaMPS" for name in sorted(seen.keys() - expected.keys())]
    known = dict(sizes)
    for name in sorted(seen.keys() & expected.keys()):
        line, value = expected[name], seen[name]
        if not any(_has_class(value, kind) for kind in line.classes):
            wrong.append(f"{name} is {value.kind}, expected {line.classes}")
        if not any(has_shape(value.shape, shape, known) for shape in line.shapes):
            wrong.append(f"{name} is {value.shape}, expected {line.shapes} with {known}")
    return wrong


def _has_class(value: SeenVariable, kind: str) -> bool:
    is_empty = 0 in value.shape
    return value.kind == _CLASSES[kind[0]] and (is_empty or value.is_complex == kind.endswith("x"))


def has_shape(found: tuple[int, ...], shape: tuple[str, ...], known: dict[str, int]) -> bool:
    """Compare a shape; sizes that the file shows first are noted for the other variables."""
    if len(found) != len(shape):
        return False
    noted = dict(known)
    for size, letter in zip(found, shape, strict=True):
        wanted = int(letter) if letter.isdigit() else noted.setdefault(letter, size)
        if letter != "." and size != wanted:
            return False
    known.update(noted)
    known.pop(".", None)
    return True

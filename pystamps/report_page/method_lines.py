"""The method in ten lines with the values that were used; those that differ from the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from string import Formatter

from pystamps.parameters import Parameters, parameter_table
from pystamps.parameters.values import shown_value


@dataclass(frozen=True, slots=True)
class MethodPart:
    """A piece of a line.

    Attributes
    ----------
    text : str
    parameter : str
        StaMPS parameters whose value it is; empty for words.
    is_changed : bool
        The value is not the default.
    """

    text: str
    parameter: str = ""
    is_changed: bool = False


_OF_REFERENCE = "ref_lon ref_lat ref_centre_lonlat ref_radius ref_x ref_y"


def _lines(p: Parameters, passes: int) -> tuple[tuple[str, str], ...]:
    """Give name and words of each line; braces hold parameters, after a colon metadata."""
    limit = "{density_rand} pixels per km²"
    if p.select_method != "DENSITY":
        limit = "{percent_rand} % of the pixels"
    largest = " (at no date more than {weed_max_noise} rad)" * isfinite(p.weed_max_noise)
    inverted, of_pairs, noise = "", "", "interferograms"
    if p.small_baseline_flag:
        inverted = (" Each interferogram is a pair of images with small baselines; the phase of "
                    "the images follows by least squares.")  # fmt: skip
        of_pairs, noise = "; of the pairs {sb_scla_drop_index}", "images"
    twice = (" Unwrapped twice, the second time without the smooth look-angle error of the first."
             * (passes > 1))  # fmt: skip
    merged = "resampled to {merge_resample_size} m" if p.merge_resample_size else "all are kept"
    return (
        ("Candidates", "pixels whose amplitude varies little over the images (the threshold is "
         "that of the preparation)."),
        ("Phase noise", "what is smooth in space is estimated on a grid of {filter_grid_size} m in "
         "windows of {clap_win} cells, with a low-pass of {clap_low_pass_wavelength} m (α "
         "{clap_alpha}, β {clap_beta}), and taken off together with a DEM error of at most "
         "{max_topo_err} m; again until the coherence γ changes by less than "
         "{gamma_change_convergence}, at most {gamma_max_iterations} times."),
        ("Selection", "by {select_method}: γ above the threshold at which at most " + limit +
         " have random phase; γ estimated again for those selected: {select_reest_gamma_flag}."),
        ("Weeding", "pixels whose best arc to a neighbour has noise of {weed_standard_dev} rad or "
         "more" + largest + " are dropped, smoothed over {weed_time_win} days; of touching pixels "
         "only the best is kept: {weed_neighbours}; pixels at height 0 are dropped: "
         "{weed_zero_elevation}."),
        ("Merging", "the look-angle error of every pixel is taken off its phase, the patches are "
         "joined; of the pixels " + merged + "."),
        ("Unwrapping", "method {unwrap_method} on a grid of {unwrap_grid_size} m, smoothed over "
         "{unwrap_time_win} days; Goldstein filter before: {unwrap_prefilter_flag} (window "
         "{unwrap_gold_n_win}, α {unwrap_gold_alpha}); look-angle error per arc: "
         "{unwrap_la_error_flag}; left out: {drop_ifg_index}." + twice + inverted),
        ("DEM error", "look-angle error and contribution of the reference image by {scla_method}; "
         "a plane of every interferogram is taken off before: {scla_deramp}; left out here alone: "
         "{scla_drop_index}" + of_pairs + "."),
        ("Atmosphere", "what is smooth in space ({scn_wavelength} m) and not in time "
         "({scn_time_win} days); planes that count as such: {scn_deramp_ifg}. Tropospheric phase "
         "from elsewhere: {:tropospheric_phase|subtr_tropo tropo_method}; subtracted before "
         "unwrapping and before the DEM error: {subtr_tropo}."),
        ("Reference", "{:reference_area|" + _OF_REFERENCE + "}, in every date; its velocity, which "
         "exports add: {ref_velocity} m/yr."),
        ("Velocity", "straight line through the displacement of all dates, weighted by the noise "
         "of the " + noise + "; value type {:value_type}, which is without: {:taken_off}."),
    )  # fmt: skip


def method_lines(
    parameters: Parameters,
    changed: frozenset[str],
    about: Mapping[str, object],
    *,
    passes: int = 1,
) -> tuple[tuple[str, tuple[MethodPart, ...]], ...]:
    """Give the ten lines: name, and pieces of text.

    Parameters
    ----------
    parameters : Parameters
    changed : frozenset of str
        StaMPS names of the parameters that are not the default.
    about : mapping
        Metadata of the table of points.
    passes : int
        How often the phase was unwrapped; 0 = not known, which is not said.
    """
    fields = {name: field for name, field, _, _ in parameter_table()}

    def parts(words: str) -> Iterator[MethodPart]:
        for text, name, of_table, _ in Formatter().parse(words):
            if text:
                yield MethodPart(text)
            if of_table:
                key, _, names = of_table.partition("|")
                said = str(about.get(key, "unknown"))
                yield MethodPart(said, names, not changed.isdisjoint(names.split()))
            elif name:
                value = getattr(parameters, fields[name])
                yield MethodPart(_value_in_words(value), name, name in changed)

    return tuple((title, tuple(parts(words))) for title, words in _lines(parameters, passes))


def _value_in_words(value: object) -> str:
    """Give a value for readers who do not know the file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value == () else shown_value(value)  # type: ignore[arg-type] # one of a table

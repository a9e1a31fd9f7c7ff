"""What must hold for the parameters before a stage starts."""

from __future__ import annotations

from math import isfinite

from pystamps.errors import ParameterError, UnsupportedError
from pystamps.parameters.table import Parameters, parameter_table
from pystamps.processors.names import REFUSED

_INSTEAD = {
    "small_baseline_flag": "it processes single-master data sets only, use StaMPS for this one",
    "insar_processor": "use a stack made with SNAP, GAMMA, Doris or ISCE",
    "quick_est_gamma_flag": "StaMPS has no such routine either, set it to y",
    "scn_kriging_flag": "set it to n",
    "subtr_tropo": "set it to n",
    "unwrap_hold_good_values": "it is meant for small baselines, set it to n",
}


def require_finite(parameters: Parameters, *names: str) -> None:
    """Refuse to go on without a constant of the data set (``lambda``, ``heading``).

    Raises
    ------
    ParameterError
        One of the named parameters is NaN.
    """
    for name, field_name, info, _ in parameter_table():
        if name in names and not isfinite(getattr(parameters, field_name)):
            raise ParameterError(
                f"{name}: neither parms.mat nor the headers of the stack say the {info.meaning}; "
                f"set stamps: {{{name}: ...}} in the configuration, in {info.unit}, or name the "
                "folder of a raw export that was moved, runtime: {raw_root: ...}"
            )


def refuse_unsupported(parameters: Parameters) -> None:
    """Refuse by name the options of StaMPS that this version does not have.

    Raises
    ------
    UnsupportedError
    """
    refused = {
        "small_baseline_flag=y": parameters.small_baseline_flag,
        **{f"insar_processor={name}": parameters.insar_processor == name for name in REFUSED},
        "quick_est_gamma_flag=n": not parameters.quick_est_gamma_flag,
        "scn_kriging_flag=y": parameters.scn_kriging_flag,
        "subtr_tropo=y": parameters.subtr_tropo,
        "unwrap_hold_good_values=y": parameters.unwrap_hold_good_values,
    }
    for setting, is_set in refused.items():
        if is_set:
            raise UnsupportedError(
                f"{setting}: not supported by this version of pySTAMPS; "
                f"{_INSTEAD[setting.partition('=')[0]]}"
            )

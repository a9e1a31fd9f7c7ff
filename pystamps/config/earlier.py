"""Keys of configuration files that were written for earlier versions: one table, one owner.

Each of them is either another spelling of a setting of today, or was about something that is
not done any more. The first kind is moved to today's key; the second is accepted where it asks
for nothing and refused with the reason where it asks for something. Every key that is met is said
in one line of the log.
"""

from __future__ import annotations

import math
from typing import Any

from pystamps.config.earlier_kinds import (
    BACKEND_WORDS,
    EarlierKey,
    group_of_overrides,
    in_one_line,
    kernel_overrides,
    key_without_effect,
    moved_key,
    value_of_text,
)
from pystamps.config.problems import OVERRIDES, Translated
from pystamps_kernels import KERNELS, backend_settings, backends_of

SCHEDULE_WORDS = {
    "thread": "threads",
    "io": "threads",
    "process": "processes",
    "cpu": "processes",
}
_STAGE_2 = tuple(name for name in KERNELS if name.startswith("stage2_"))


def translated_configuration(given: dict[str, Any]) -> Translated:
    """Move earlier keys of a configuration to today's.

    Parameters
    ----------
    given : dict
        Groups of settings as plain values; it is changed.

    Returns
    -------
    Translated
    """
    found = Translated(given)
    for earlier in EARLIER_KEYS:
        group, name = earlier.key.split(".")
        settings = given.get(group)
        if not isinstance(settings, dict) or name not in settings:
            continue
        value = settings.pop(name)
        try:
            said = earlier.accept(value, found)
        except ValueError as reason:
            found.wrong.append(f"{earlier.key}: {reason}")
        else:
            if said:
                found.notes.append(f"{earlier.key}: {said}")
    return found


def _stage_2_backend(value: Any, found: Translated) -> str:
    """Choose the backend of the kernels of stage 2; one that is named by itself keeps its own."""
    backend = BACKEND_WORDS.get(value, value) if isinstance(value, str) else value
    known = (*backend_settings(), *BACKEND_WORDS)
    if backend is not None and backend not in backend_settings():
        raise ValueError(f"{value!r} is not allowed; expected one of {', '.join(known)}")
    if backend in (None, "auto"):
        return f"asks for nothing; {OVERRIDES} chooses the backend of single kernels"
    into = group_of_overrides(found)
    chosen = [k for k in _STAGE_2 if backend in backends_of(k) and k not in into]
    into |= dict.fromkeys(chosen, backend)
    found.written |= dict.fromkeys(
        (f"{OVERRIDES}.{name}" for name in chosen), "runtime.stage2_kernel_backend"
    )
    return f"now {OVERRIDES}: {in_one_line(dict.fromkeys(chosen, backend))}"


def _stage_2_threads(value: Any, found: Translated) -> str:
    """Give native kernels a number of threads; it is refused where none of stage 2 is native."""
    into = group_of_overrides(found)
    for_all = found.given["kernels"].get("backend")
    chosen = {kernel: into.get(kernel, for_all) for kernel in _STAGE_2}
    others = [b in ("python", "cuda") and b in backends_of(k) for k, b in chosen.items()]
    if isinstance(value, int) and value > 0 and all(others):
        raise ValueError(
            f"{value} threads of native kernels, but no kernel of stage 2 runs native; take one "
            "of the two keys out"
        )
    return moved_key("runtime.stage2_native_threads", "kernels.native_threads").accept(value, found)


def _per_patch(value: Any, _found: Translated) -> str:
    if not value:
        return "asks for nothing; a run has one choice of backends for all patches"
    patches = ", ".join(map(str, value)) if isinstance(value, dict) else repr(value)
    raise ValueError(
        f"backends of single patches ({patches}) are not supported, and results do not depend on "
        "them; take the key out, or run the patch by itself before the others: "
        "`pystamps stage 2 --patch D/PATCH_1 --config FILE` with kernels.backend in that file"
    )


def _debug(stage: str, log_file: str) -> EarlierKey:
    return key_without_effect(
        f"runtime.{stage}_debug",
        lambda value: value is False,
        "no stage writes debugging files",
        f"set it to false, and see {log_file} of the data set, or what "
        "a run shows with -v before the command",
    )


def _program_for_triangles(value: Any, _found: Translated) -> str:
    if value in (None, "triangle", "auto", ""):
        return (
            "no program is needed any more; packages triangulate, the package triangle with "
            "tools.delaunay: triangle"
        )
    raise ValueError(
        f"{value!r}: no program is run for triangulations; take the key out (packages do it), or "
        "set tools.delaunay: triangle and install the package triangle"
    )


def _reference_root(value: Any, found: Translated) -> str:
    compat, value = found.given["compat"], value_of_text(value)
    is_strict = value_of_text(compat.pop("strict_reference", False))
    if is_strict not in (None, True, False):
        found.wrong.append(
            f"compat.strict_reference: {is_strict!r} is not allowed; expected true or false"
        )
        return ""
    found.notes.append("compat.strict_reference: now compat.strict_reference_replay: DIRECTORY")
    if is_strict:
        if value is None:
            raise ValueError(
                "null, but compat.strict_reference is true; name the tree of the original, today "
                "compat.strict_reference_replay: DIRECTORY"
            )
        return moved_key("compat.reference_root", "compat.strict_reference_replay").accept(
            value, found
        )
    return "asks for nothing while compat.strict_reference is not true"


def _strict_reference(value: Any, _found: Translated) -> str:
    """Only met without ``compat.reference_root``, which takes it along."""
    value = value_of_text(value)
    if value in (None, False):
        return "asks for nothing; now compat.strict_reference_replay: DIRECTORY"
    raise ValueError(
        f"{value!r} without compat.reference_root; name the tree of the original, today "
        "compat.strict_reference_replay: DIRECTORY"
    )


_WRAPPED = ("ph_uw", "ph", "dph_noise", "dph_space_uw")
_BESIDE_PROFILE = "what is accepted beside the tolerance that the profile has for the variable"
_WRAP_REASON = "`pystamps verify` knows for every variable whether cycles count"

EARLIER_KEYS = (
    moved_key("runtime.backend", "runtime.backend", SCHEDULE_WORDS),
    moved_key("kernels.backend", "kernels.backend", BACKEND_WORDS),
    kernel_overrides("kernels.kernel_backend_overrides"),
    kernel_overrides("runtime.kernel_backend_overrides"),
    EarlierKey(
        "runtime.stage2_kernel_backend", OVERRIDES, _stage_2_backend,
        "backend of the kernels of stage 2 that are not named there: cpu = python, gpu = cuda",
    ),
    EarlierKey(
        "runtime.stage2_native_threads", "kernels.native_threads", _stage_2_threads,
        "the same setting, for all native kernels",
    ),
    EarlierKey(
        "runtime.stage2_patch_backend_overrides", "", _per_patch,
        "refused unless empty: run that patch by itself, `pystamps stage 2 --patch D/PATCH_1`",
    ),
    key_without_effect(
        "runtime.enable_mat_stage_cache",
        lambda value: isinstance(value, bool),
        "every stage is a job of its own that reads its files once",
        "set it to true or false",
    ),
    key_without_effect(
        "runtime.stage2_checkpoint_mode",
        lambda value: value == "final",
        "stage 2 writes pm1.mat when it is done, nothing before; a run that was stopped repeats "
        "the patch that it was at",
        "set it to final, and prepare smaller patches where one takes too long",
    ),
    key_without_effect(
        "runtime.stage2_checkpoint_interval",
        lambda value: isinstance(value, int) and value >= 1 and not isinstance(value, bool),
        "stage 2 writes its result once",
        "set it to a whole number >= 1, or take it out",
    ),
    _debug("stage2", "logs/PATCH/stage2_gamma.log"),
    _debug("stage4", "logs/PATCH/stage4_weed.log"),
    moved_key("tolerance.rtol", "tolerance.relative", note=_BESIDE_PROFILE),
    moved_key("tolerance.atol", "tolerance.absolute", note=_BESIDE_PROFILE),
    key_without_effect(
        "tolerance.wrap_equivalence", lambda value: value is True, _WRAP_REASON, "set it to true"
    ),
    key_without_effect(
        "tolerance.wrap_period",
        lambda value: isinstance(value, int | float) and math.isclose(value, 2 * math.pi),
        f"{_WRAP_REASON}, and a cycle is 2 pi",
        "set it to 6.283185307179586, or take it out",
    ),
    key_without_effect(
        "tolerance.wrap_keys",
        lambda value: isinstance(value, list) and set(map(str, value)) == set(_WRAPPED),
        _WRAP_REASON,
        f"set it to [{', '.join(_WRAPPED)}], or take it out",
    ),
    EarlierKey(
        "tools.triangle", "tools.delaunay", _program_for_triangles,
        "the name of the program asks for nothing: SciPy triangulates, and no program is run; a "
        "path is refused",
    ),
    moved_key("tools.snaphu", "tools.snaphu", {"snaphu": "auto"}),
    EarlierKey(
        "compat.reference_root", "compat.strict_reference_replay", _reference_root,
        "the tree to replay, with strict_reference: true; else no effect",
    ),
    EarlierKey(
        "compat.strict_reference", "compat.strict_reference_replay", _strict_reference,
        "true takes the tree of reference_root",
    ),
)  # fmt: skip
"""Every key of earlier files, and today's keys whose values had other names."""

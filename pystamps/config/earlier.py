"""Keys of configuration files that were written for earlier versions: one table, one owner.

Each of them is either another spelling of a setting of today, or was about something that is
not done any more. The first kind is moved to today's key; the second is accepted where it asks
for nothing and refused with the reason where it asks for something. Every key that is met is said
in one line of the log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pystamps.config.groups import settings_of_group
from pystamps.config.problems import OVERRIDES, Translated
from pystamps_kernels import KERNELS, backend_settings, backends_of

BACKEND_WORDS = {"cpu": "python", "gpu": "cuda"}
SCHEDULE_WORDS = {
    "thread": "threads",
    "io": "threads",
    "process": "processes",
    "cpu": "processes",
}
_STAGE_2 = tuple(name for name in KERNELS if name.startswith("stage2_"))


@dataclass(frozen=True, slots=True)
class EarlierKey:
    """A key of earlier files.

    Attributes
    ----------
    key : str
        ``group.name``.
    present : str
        Today's key or keys, empty where there is none.
    accept : callable
        Takes the value and the translation, which it changes; gives the rest of the line for the
        log ("" = nothing to say). Raises ValueError with the reason and what to do instead.
    """

    key: str
    present: str
    accept: Callable[[Any, Translated], str]


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


def _moved(earlier: str, present: str, words: Mapping[str, str] | None = None) -> EarlierKey:
    """Make the record of a key that is called otherwise today, or whose values are."""
    group, name = present.split(".")

    def accept(value: Any, found: Translated) -> str:
        if value is None:
            return "" if earlier == present else f"now {present}"
        today = (words or {}).get(value, value) if isinstance(value, str) else value
        settings = found.given.setdefault(group, {}) or {}
        found.given[group] = settings
        if not isinstance(settings, dict):
            raise ValueError(f"{group} is no group of settings")
        before = settings.get(name)
        if not (before is None or _is_same(before, today) or _is_default(present, before)):
            raise ValueError(
                f"{value!r} and {present}: {before!r} are two spellings of one setting and "
                f"contradict each other; keep {present}"
            )
        settings[name] = today
        if earlier == present:
            return "" if today == value else f"now {present}: {today}"
        found.written[present] = earlier
        return f"now {present}: {today}"

    return EarlierKey(earlier, present, accept)


def _is_default(key: str, value: Any) -> bool:
    """Tell whether a value is the default: the configuration of the workflow says them all."""
    group, name = key.split(".")
    known = {setting.name: setting for setting in settings_of_group(group)}
    return name in known and _is_same(known[name].default, value)


def _is_same(one: Any, other: Any) -> bool:
    """Compare values as YAML may have read them: 1e-5 is a text there."""
    try:
        return one == other or float(one) == float(other)
    except (TypeError, ValueError):
        return False


def _overrides(earlier: str) -> EarlierKey:
    """Make the record of a mapping from kernels to backends."""

    def accept(value: Any, found: Translated) -> str:
        if value is None:
            return "" if earlier == OVERRIDES else f"now {OVERRIDES}"
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} is not allowed; expected a group of kernels")
        today = {
            name: BACKEND_WORDS.get(backend, backend) if isinstance(backend, str) else backend
            for name, backend in value.items()
        }
        into = _group_of_overrides(found)
        for name, backend in today.items():
            if into.get(name, backend) != backend:
                raise ValueError(
                    f"{name}: {value[name]!r} and {OVERRIDES}.{name}: {into[name]!r} contradict "
                    f"each other; keep {OVERRIDES}"
                )
            into[name] = backend
            if earlier != OVERRIDES:
                found.written[f"{OVERRIDES}.{name}"] = f"{earlier}.{name}"
        if earlier == OVERRIDES:
            return "" if today == value else f"now {_in_line(today)}"
        return f"now {OVERRIDES}: {_in_line(today)}"

    return EarlierKey(earlier, OVERRIDES, accept)


def _group_of_overrides(found: Translated) -> dict[str, Any]:
    """Give the overrides of kernels in today's spelling; made where there are none."""
    kernels = found.given.get("kernels") or {}
    if not isinstance(kernels, dict):
        raise ValueError("kernels is no group of settings")
    found.given["kernels"] = kernels
    into = kernels.get("kernel_backend_overrides") or {}
    if not isinstance(into, dict):
        raise ValueError(f"{OVERRIDES} is no group of kernels")
    kernels["kernel_backend_overrides"] = into
    return into


def _stage_2_backend(value: Any, found: Translated) -> str:
    """Choose the backend of the kernels of stage 2; one that is named by itself keeps its own."""
    backend = BACKEND_WORDS.get(value, value) if isinstance(value, str) else value
    known = (*backend_settings(), *BACKEND_WORDS)
    if backend is not None and backend not in backend_settings():
        raise ValueError(f"{value!r} is not allowed; expected one of {', '.join(known)}")
    if backend in (None, "auto"):
        return f"asks for nothing; {OVERRIDES} chooses the backend of single kernels"
    into = _group_of_overrides(found)
    chosen = [k for k in _STAGE_2 if backend in backends_of(k) and k not in into]
    into |= dict.fromkeys(chosen, backend)
    found.written |= dict.fromkeys(
        (f"{OVERRIDES}.{name}" for name in chosen), "runtime.stage2_kernel_backend"
    )
    return f"now {OVERRIDES}: {_in_line(dict.fromkeys(chosen, backend))}"


def _stage_2_threads(value: Any, found: Translated) -> str:
    """Give native kernels a number of threads; none of stage 2 may run otherwise by name."""
    into = _group_of_overrides(found)
    is_python = all(into.get(kernel) in ("python", "cuda") for kernel in _STAGE_2)
    if isinstance(value, int) and value > 0 and is_python:
        raise ValueError(
            f"{value} threads of native kernels, but no kernel of stage 2 runs native; take one "
            "of the two keys out"
        )
    return _moved("runtime.stage2_native_threads", "kernels.native_threads").accept(value, found)


def _per_patch(value: Any, _found: Translated) -> str:
    if not value:
        return "asks for nothing; a run has one choice of backends for all patches"
    patches = ", ".join(map(str, value)) if isinstance(value, dict) else repr(value)
    raise ValueError(
        f"backends of single patches ({patches}) are not supported, and results do not depend on "
        "them; take the key out, or run the patch by itself before the others: "
        "`pystamps stage 2 --patch D/PATCH_1 --config FILE` with kernels.backend in that file"
    )


def _nothing_asked(
    key: str, asks_nothing: Callable[[Any], bool], why: str, instead: str
) -> EarlierKey:
    """Make the record of a key without effect today."""

    def accept(value: Any, _found: Translated) -> str:
        if value is None or asks_nothing(value):
            return f"has no effect any more; {why}"
        raise ValueError(f"{value!r} cannot be done: {why}; {instead}")

    return EarlierKey(key, "", accept)


def _debug(stage: str, log_file: str) -> EarlierKey:
    return _nothing_asked(
        f"runtime.{stage}_debug",
        lambda value: value is False,
        "no stage writes debugging files",
        f"set it to false, and see {log_file} of the data set, or what `pystamps -v run` shows",
    )


def _program_for_triangles(value: Any, _found: Translated) -> str:
    if value in (None, "triangle", "auto", ""):
        return (
            "no program is needed any more; SciPy triangulates, or the package triangle with "
            "tools.delaunay: triangle"
        )
    raise ValueError(
        f"{value!r}: no program is run for triangulations; take the key out (SciPy does it), or "
        "set tools.delaunay: triangle and install the package triangle"
    )


def _reference_root(value: Any, found: Translated) -> str:
    compat = found.given["compat"]
    is_strict = compat.pop("strict_reference", False)
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
        return _moved("compat.reference_root", "compat.strict_reference_replay").accept(
            value, found
        )
    return "asks for nothing while compat.strict_reference is not true"


def _strict_reference(value: Any, _found: Translated) -> str:
    """Only met without ``compat.reference_root``, which takes it along."""
    if value in (None, False):
        return "asks for nothing; now compat.strict_reference_replay: DIRECTORY"
    raise ValueError(
        f"{value!r} without compat.reference_root; name the tree of the original, today "
        "compat.strict_reference_replay: DIRECTORY"
    )


def _in_line(mapping: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in mapping.items()) + "}"


_WRAPPED = ("ph_uw", "ph", "dph_noise", "dph_space_uw")
_WRAP_REASON = "`pystamps verify` knows for every variable whether cycles count"

EARLIER_KEYS = (
    _moved("runtime.backend", "runtime.backend", SCHEDULE_WORDS),
    _moved("kernels.backend", "kernels.backend", BACKEND_WORDS),
    _overrides("kernels.kernel_backend_overrides"),
    _overrides("runtime.kernel_backend_overrides"),
    EarlierKey("runtime.stage2_kernel_backend", OVERRIDES, _stage_2_backend),
    EarlierKey("runtime.stage2_native_threads", "kernels.native_threads", _stage_2_threads),
    EarlierKey("runtime.stage2_patch_backend_overrides", "", _per_patch),
    _nothing_asked(
        "runtime.enable_mat_stage_cache",
        lambda value: isinstance(value, bool),
        "every stage is a job of its own that reads its files once",
        "set it to true or false",
    ),
    _nothing_asked(
        "runtime.stage2_checkpoint_mode",
        lambda value: value == "final",
        "stage 2 writes pm1.mat when it is done, nothing before; a run that was stopped repeats "
        "the patch that it was at",
        "set it to final, and prepare smaller patches where one takes too long",
    ),
    _nothing_asked(
        "runtime.stage2_checkpoint_interval",
        lambda value: isinstance(value, int) and value >= 1 and not isinstance(value, bool),
        "stage 2 writes its result once",
        "set it to a whole number >= 1, or take it out",
    ),
    _debug("stage2", "logs/PATCH/stage2_gamma.log"),
    _debug("stage4", "logs/PATCH/stage4_weed.log"),
    _moved("tolerance.rtol", "tolerance.relative"),
    _moved("tolerance.atol", "tolerance.absolute"),
    _nothing_asked(
        "tolerance.wrap_equivalence", lambda value: value is True, _WRAP_REASON, "set it to true"
    ),
    _nothing_asked(
        "tolerance.wrap_period",
        lambda value: isinstance(value, int | float) and math.isclose(value, 2 * math.pi),
        f"{_WRAP_REASON}, and a cycle is 2 pi",
        "set it to 6.283185307179586, or take it out",
    ),
    _nothing_asked(
        "tolerance.wrap_keys",
        lambda value: isinstance(value, list) and set(map(str, value)) == set(_WRAPPED),
        _WRAP_REASON,
        f"set it to [{', '.join(_WRAPPED)}], or take it out",
    ),
    EarlierKey("tools.triangle", "tools.delaunay", _program_for_triangles),
    _moved("tools.snaphu", "tools.snaphu", {"snaphu": "auto"}),
    EarlierKey("compat.reference_root", "compat.strict_reference_replay", _reference_root),
    EarlierKey("compat.strict_reference", "compat.strict_reference_replay", _strict_reference),
)  # fmt: skip
"""Every key of earlier files, and today's keys whose values had other names."""

"""Records of a data set against its files: what changed without a stage, what proves nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pystamps.doctor.prepared import Prepared
from pystamps.findings import Code, Finding, first_few
from pystamps.io.stage_records import passes_of_unwrapping
from pystamps.io.tree_integrity import ACCEPT_OR_REMAKE, tree_integrity
from pystamps.stage_table import stage_named

CHANGED_WITHOUT_STAGE = Code(
    "changed-without-stage",
    "error",
    "an artifact is not what its stage has written",
    "It was edited or made again in MATLAB, another program has written into it, or the disk has "
    "lost a part of it. Its checksum is in the record of its stage and in .pystamps/manifest.json. "
    "What is made from it would be other results without a word.",
    ACCEPT_OR_REMAKE,
)
RECORD_DAMAGED = Code(
    "record-damaged",
    "error",
    "the record of a stage cannot be read, or is gone",
    "Without it nothing says whether the files of the stage are as it left them.",
    "`pystamps import` notes the files as they are; or delete them, and they are made again",
)
MADE_FROM_OTHERS = Code(
    "made-from-others",
    "warning",
    "results were made from other files than those that lie there",
    "A stage before was repeated by itself, or file times were set (`snakemake --touch`, copies) "
    "when an input had changed.",
    "`pystamps import` has them made again by the next run; or delete them",
)
VELOCITY_UNPROVEN = Code(
    "velocity-unproven",
    "error",
    "nothing says which value type mean_v.mat holds",
    "ps_plot of StaMPS leaves there what was plotted last (v, v-d, v-do and so on), under the same "
    "name and with the same variable as the velocity of the workflow (v-do).",
    "`pystamps import` compares it with v-do; or delete it, and it is made again",
)

UNWRAPPED_TWICE = Code(
    "unwrapped-twice",
    "info",
    "the phase is unwrapped twice",
    "The second time without the smooth look-angle error of the first (method.unwrap_iterations). "
    "A configuration that says another number than that of the run has stage 6 and all behind it "
    "run again.",
    "give the configuration of the run with every command (--config)",
)

_VELOCITY = stage_named("product_mean_velocity").marker


def check_stage_records(prepared: Prepared) -> Iterator[Finding]:
    """Artifacts up to the last stage that is to run are what their records say."""
    found = tree_integrity(prepared.root, steps=_steps(prepared))
    for changed in found.changed:
        yield CHANGED_WITHOUT_STAGE.at(prepared.root / changed.name, changed.sentence)
    for name in found.damaged:
        yield RECORD_DAMAGED.at(prepared.root / name, "cannot be read")
    for name in found.lost:
        yield RECORD_DAMAGED.at(prepared.root / name, "is gone")
    for name in (name for name in found.unrecorded if name == _VELOCITY):
        yield VELOCITY_UNPROVEN.at(prepared.root / name, "no record says how it was made")


def check_passes(prepared: Prepared) -> Iterator[Finding]:
    """Say where the phase is unwrapped twice, and where the settings are not those of the run."""
    wanted, found = prepared.config.method.unwrap_iterations, passes_of_unwrapping(prepared.root)
    is_other = found not in (0, wanted)
    if max(wanted, found) < 2:
        return
    yield UNWRAPPED_TWICE.at(
        "method.unwrap_iterations",
        f"{wanted}" + (f"; the results were unwrapped {found} times" if is_other else ""),
        severity="warning" if is_other and 6 in prepared.steps else "info",
    )


def check_origins(prepared: Prepared) -> Iterator[Finding]:
    """Results were made from the files that lie there."""
    for outdated in tree_integrity(prepared.root, steps=_steps(prepared)).outdated:
        made = first_few(sorted(outdated.record.states))
        others = first_few(outdated.inputs)
        yield MADE_FROM_OTHERS.at(made, f"made from another {others} ({outdated.record.ended})")


def _steps(prepared: Prepared) -> range:
    return range(max(prepared.steps, default=-1) + 1)

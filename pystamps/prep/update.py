"""Images added to a prepared data set: its candidates are kept."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from pystamps.config.yaml_values import yaml_value
from pystamps.errors import DatasetError
from pystamps.io.dataset import STAGING, STAGING_COMPLETE
from pystamps.prep.added_pairs import UpdateRequest
from pystamps.prep.blocks import Workforce
from pystamps.prep.calibration import calibrate
from pystamps.prep.earlier_stack import ImageKey, image_keys
from pystamps.prep.longer_candidates import write_longer_patch
from pystamps.prep.longer_statistics import KeptAmplitudes, LongerStack, kept_amplitudes
from pystamps.prep.prepare import link_rasters, log_findings, refuse_contents
from pystamps.prep.rate import ByteProgress, byte_reporter
from pystamps.prep.renumbered_lists import (
    RenumberedList,
    note_renumbered_lists,
    stage_renumbered_lists,
)
from pystamps.prep.staging import (
    OF_UPDATE,
    is_update_ready,
    mark_complete,
    only_preparation_of,
    publish_prepared,
    staging_folder,
)
from pystamps.prep.text_files import calibration_texts, constant_texts
from pystamps.prep.unchanged_checks import (
    refuse_other_constant,
    refuse_other_grid,
    refuse_other_images,
    refuse_other_phases,
    refuse_other_reference,
)
from pystamps.prep.update_plan import UpdatePlan, plan_update
from pystamps.prep.update_record import UpdateSummary, last_update, write_update_record
from pystamps.processors.rasters import Raster
from pystamps.stage_table import DELAYS, PAIR_DELAYS
from pystamps_kernels import AUTO, KernelChoice

log = logging.getLogger(__name__)

_MEGABYTE = 1e6


def update_dataset(
    root: Path,
    request: UpdateRequest,
    *,
    raw_root: Path | None = None,
    workforce: Workforce | None = None,
    choice: KernelChoice = AUTO,
    finish: Callable[[Path, UpdateSummary], None] = lambda *_: None,
) -> UpdateSummary:
    """Add the images of an export to a prepared data set; nothing of the stages runs.

    Parameters
    ----------
    root : Path
        Root of the data set.
    request : UpdateRequest
    raw_root : Path, optional
        Folder of the earlier export, for a data set that was moved.
    workforce : Workforce, optional
    choice : KernelChoice
    finish : callable
        Writes more into the folder whose files replace those of the data set; is given it and
        the summary.

    Returns
    -------
    UpdateSummary

    Raises
    ------
    PystampsError
        Nothing is new, the export does not fit, or earlier images have changed; the data set is
        then as it was before.

    Notes
    -----
    Candidate files, ``mean_amp.flt`` and texts are those of a preparation of all images (StaMPS:
    ``mt_prep*``) whose selection gives the candidates that are there already.
    """
    workforce = Workforce() if workforce is None else workforce
    root = root.resolve()
    with only_preparation_of(root):
        finished = _finish_interrupted(root)
        if finished == request_mark(request):
            return last_update(root)
        plan = plan_update(root, request, raw_root=raw_root)
        log_findings(plan.export.findings)
        refuse_contents(plan.export)
        with staging_folder(root) as folder:
            summary = _write(folder, plan, workforce=workforce, choice=choice)
            write_update_record(folder, summary)
            finish(folder, summary)
            mark_complete(folder, request_mark(request))
        publish_prepared(root, "keep results")
        note_renumbered_lists(root, summary.lists)
    return summary


def request_mark(request: UpdateRequest) -> str:
    """Give the text by which an interrupted update is known again."""
    content = json.dumps(yaml_value(request)).encode()
    return f"{OF_UPDATE}{hashlib.sha256(content).hexdigest()}"


def _finish_interrupted(root: Path) -> str:
    """Move the files of an interrupted update into place; give its mark, or nothing."""
    marker = root / STAGING / STAGING_COMPLETE
    if not marker.is_file():
        return ""
    if not is_update_ready(root):
        raise DatasetError(
            f"{root}: its preparation was interrupted while files were moved into place; run "
            "pystamps prep again, it finishes at once, then update"
        )
    mark = marker.read_text()
    log.warning("%s: finishing an interrupted update", root)
    publish_prepared(root, "keep results")
    return mark


def _write(
    folder: Path, plan: UpdatePlan, *, workforce: Workforce, choice: KernelChoice
) -> UpdateSummary:
    """Write all files that change into a folder."""
    earlier, export = plan.earlier, plan.export
    said = _checked_grid(plan, workforce)
    for patch in earlier.patches:
        (folder / patch.area.name).mkdir(parents=True, exist_ok=True)
        (folder / patch.area.name / "mean_amp.flt").touch()
    keys = image_keys(export)
    new = [image for image, key in zip(export.images, keys, strict=True)
           if key not in earlier.constants]  # fmt: skip
    total = sum(image.n_bytes for image in (*new, *export.images))
    with byte_reporter("update", total) as progress:
        constants = _constants(plan, new, workforce=workforce, progress=progress, choice=choice)
        stack = LongerStack(earlier, export, constants, plan.pixels, choice)
        amplitudes = kept_amplitudes(stack, folder=folder, workforce=workforce, progress=progress)
        n_same = refuse_other_images(earlier, amplitudes.patches)
        for patch, of_patch in zip(earlier.patches, amplitudes.patches, strict=True):
            target = folder / patch.area.name
            write_longer_patch(target, earlier, patch, of_patch, export, workforce=workforce)
    said.append(f"the earlier images give all {n_same} candidates the dispersion that they had")
    _write_texts(folder, plan, [constants[key] for key in keys])
    lists = _renumbered(folder, plan)
    return _summary(plan, amplitudes, said, lists, progress)


def _checked_grid(plan: UpdatePlan, workforce: Workforce) -> list[str]:
    """Refuse another grid or reference, and changed phases; say what was compared."""
    earlier, found = plan.earlier, plan.found
    shift_deg, shift_m = refuse_other_grid(earlier, found, plan.export.size)
    said = []
    if found.geometry:
        said.append(
            f"positions and heights of all candidates are the same (to {shift_deg:.1g} degrees "
            f"and {shift_m:.1g} m)"
        )
    if len(plan.folders) > 1:
        said += filter(None, [refuse_other_reference(earlier, plan.export, found)])
    n_pixel = refuse_other_phases(earlier, plan.export, workforce)
    said.append(
        f"the {len(earlier.rows)} earlier interferograms have the same phase at {n_pixel} "
        "candidates"
    )
    return said


def _constants(
    plan: UpdatePlan,
    new: Sequence[Raster],
    *,
    workforce: Workforce,
    progress: ByteProgress,
    choice: KernelChoice,
) -> dict[ImageKey, float]:
    """Give the mean amplitudes of all images; only the new ones are calibrated.

    Where the settings of the preparation are not known one earlier image shows that they were the
    defaults, that is that no mask was used.
    """
    known, keys = plan.earlier.constants, image_keys(plan.export)
    asked = list(new)
    probe = next(k for k, key in enumerate(keys) if key in known)
    if plan.earlier.raw.export is None:
        asked.append(plan.export.images[probe])
    if not asked:
        return {key: known[key] for key in keys}
    found = calibrate(asked, plan.pixels, workforce=workforce, progress=progress, choice=choice)
    if len(asked) > len(new):
        refuse_other_constant(plan.earlier, asked[-1], found[-1], known[keys[probe]])
    coming = iter(found)
    return {key: known[key] if key in known else next(coming) for key in keys}


def _write_texts(folder: Path, plan: UpdatePlan, constants: Sequence[float]) -> None:
    """Write the text files of the root that change."""
    earlier, export = plan.earlier, plan.export
    style = earlier.raw.paths
    areas = [patch.area for patch in earlier.patches]
    texts = constant_texts(export, areas, root=earlier.root, style=style) | calibration_texts(
        export, constants, earlier.threshold, root=earlier.root, style=style
    )
    del texts["patch.list"]  # the patches stay, and a data set without patch folders has none
    for name, text in texts.items():
        there = earlier.root / name
        if not there.is_file() or there.read_text() != text:
            (folder / name).write_text(text)
    link_rasters(folder, earlier.root, export)


def _renumbered(folder: Path, plan: UpdatePlan) -> tuple[RenumberedList, ...]:
    """Write the lists of parameter files whose numbers mean other interferograms now."""
    earlier, export = plan.earlier, plan.export
    dates, pairs = list(export.dates), [raster.dates for raster in export.interferograms]
    images = {k: dates.index(date) + 1 for k, date in enumerate(earlier.dates, start=1)}
    of_pairs = {k: pairs.index(pair) + 1 for k, pair in enumerate(earlier.rows, start=1)}
    return stage_renumbered_lists(
        earlier.root,
        dict.fromkeys((earlier.root, *(patch.directory for patch in earlier.patches))),
        folder,
        images=images,
        interferograms=of_pairs if earlier.is_small_baseline else images,
    )


def _summary(
    plan: UpdatePlan,
    amplitudes: KeptAmplitudes,
    said: list[str],
    lists: tuple[RenumberedList, ...],
    progress: ByteProgress,
) -> UpdateSummary:
    earlier, export = plan.earlier, plan.export
    kept = sum(int(item.is_kept.sum()) for item in amplitudes.patches)
    return UpdateSummary(
        root=earlier.root,
        export=plan.found.folder,
        images=len(export.dates),
        interferograms=len(export.interferograms),
        added_images=plan.new_dates,
        added_interferograms=tuple("_".join(pair) for pair in plan.added),
        kept_from_before=plan.kept_from_before,
        candidates=kept,
        left_out=sum(item.is_kept.size for item in amplitudes.patches) - kept,
        threshold=earlier.threshold,
        more=amplitudes.more,
        fewer=amplitudes.fewer,
        unchanged=tuple(said),
        lists=lists,
        delays=tuple(n for n in (DELAYS, PAIR_DELAYS) if (earlier.root / n).is_file()),
        megabytes=progress.bytes / _MEGABYTE,
        seconds=progress.seconds,
    )

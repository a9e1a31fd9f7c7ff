"""Small prepared small-baseline data sets (input of stage 1) in the text form of each family."""

from __future__ import annotations

from pathlib import Path

from prepared_stacks import BASE, LENGTH, MASTER, PAR, SLAVES, WIDTH, write_candidates

from pystamps.io.mat import write_mat

PAIRS = (
    (SLAVES[0], SLAVES[1]), (SLAVES[0], MASTER), (SLAVES[1], MASTER), (SLAVES[1], SLAVES[2]),
    (MASTER, SLAVES[2]),
)  # fmt: skip
"""Of all images; every one is in a loop."""


def paired_snap_stack(folder: Path, pairs: tuple[tuple[str, str], ...] = PAIRS) -> Path:
    """Write ``run/`` and ``raw/`` of a SNAP stack; give ``run/PATCH_1``."""
    root, raw = folder / "run", folder / "raw" / "SMALL_BASELINES"
    write_candidates(root / "PATCH_1", 40, byte_order=">", n_interferogram=len(pairs))
    raw.mkdir(parents=True)
    (raw / f"{MASTER}.rslc.par").write_text(PAR)
    names = ["_".join(pair) for pair in pairs]
    for k, name in enumerate(names):
        (raw / name).mkdir(exist_ok=True)
        (raw / name / f"{name}.base").write_text(BASE.format(c=10.0 * (k + 1)))
    _write_common(root, "snap")
    (root / "rsc.txt").write_text(f"../raw/SMALL_BASELINES/{MASTER}.rslc.par\n")
    paths = "".join(f"../raw/SMALL_BASELINES/{name}/{name}.diff\n" for name in names)
    (root / "pscphase.in").write_text(f"{WIDTH}\n{paths}")
    return root / "PATCH_1"


def paired_doris_stack(folder: Path, pairs: tuple[tuple[str, str], ...] = PAIRS) -> Path:
    """Write ``run/`` of a Doris stack with nominal baselines; give ``run/PATCH_1``."""
    root = folder / "run"
    write_candidates(root / "PATCH_1", 40, byte_order="<", n_interferogram=len(pairs))
    _write_common(root, "doris")
    texts = {
        "master_day.1.in": f"{MASTER}\n",
        "day.1.in": "".join(f"{day}\n" for day in SLAVES),
        "bperp.1.in": "10.5\n-20.25\n70.125\n",
        "ifgday.1.in": "".join(f"{' '.join(pair)}\n" for pair in pairs),
        "heading.1.in": "-12.6\n",
        "lambda.1.in": "0.0566\n",
        "pscphase.in": f"{WIDTH}\n"
        + "".join(f"/raw/{'_'.join(pair)}/cint.minrefdem.raw\n" for pair in pairs),
    }
    for name, text in texts.items():
        (root / name).write_text(text)
    return root / "PATCH_1"


def _write_common(root: Path, processor: str) -> None:
    flags = {"insar_processor": processor, "small_baseline_flag": "y"}
    write_mat(root / "parms.mat", flags)
    (root / "patch.list").write_text("PATCH_1\n")
    (root / "width.txt").write_text(f"{WIDTH}\n")
    (root / "len.txt").write_text(f"{LENGTH}\n")

"""How accurate results are: fresh scenes of every family, all stages, all accuracy modes.

    python scripts/measure_accuracy.py                        4 seeds of the 7 families, else 2
    python scripts/measure_accuracy.py --seeds 1 --stress-seeds 1 --first-seed 500
    python scripts/measure_accuracy.py --families drift fronts --seeds 3
    python scripts/measure_accuracy.py --tables --write-docs  the page alone, of what is kept

Each scene is simulated from its seed, prepared, taken through stages 1 to 8 and through each
accuracy mode of this version, in a process of one thread, and compared with its truth; its result
is a file of the folder. A scene that has a result of this very code is not measured again, so that
an interrupted benchmark goes on where it was. ``accuracy.json`` and ``accuracy.md`` of the folder
are made from all scenes asked for; ``--write-docs`` puts the page into the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import asdict
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs" / "accuracy.md"
_FIRST_SEED = 4000
_THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> None:
    """Measure what has no result yet, then write the tables."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # before NumPy is loaded: workers are processes
    from accuracy_runs.one_scene import code_digest, is_done, result_path

    arguments = parse()
    wanted = list(scenes(arguments))
    if not arguments.tables:
        code = code_digest()
        paths = {each: result_path(arguments.folder, *each) for each in wanted}
        missing = [each for each, path in paths.items() if not is_done(path, code)]
        print(f"{len(wanted)} scenes, {len(wanted) - len(missing)} have results of this code")
        measure(missing, arguments, code)
    kept = [result_path(arguments.folder, *each) for each in wanted]
    done = [path for path in kept if path.is_file()]
    if not done:
        sys.exit(f"{arguments.folder}: no results are kept; run without --tables first")
    write(done, len(wanted), arguments)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folder", type=Path, default=CHECKOUT / "accuracy", help="where results are kept")
    add("--seeds", type=int, default=4, help="scenes of each of the seven families")
    add("--stress-seeds", type=int, default=2, help="scenes of each of the other families")
    add("--first-seed", type=int, default=_FIRST_SEED)
    add("--families", nargs="+", help="these alone, --seeds scenes of each")
    add("--cores", type=int, default=2, help="scenes at a time")
    add("--tables", action="store_true", help="measure nothing, write tables of what there is")
    add("--write-docs", action="store_true", help=f"write {PAGE.relative_to(CHECKOUT)}")
    return parser.parse_args()


def scenes(arguments: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Give family and seed of every scene, one scene of each family before the second of any."""
    from pystamps.simulate.families import FAMILIES

    families = arguments.families or list(FAMILIES)
    unknown = set(families) - set(FAMILIES)
    if unknown:
        sys.exit(f"--families: {', '.join(sorted(unknown))} unknown; use {', '.join(FAMILIES)}")
    for number in range(max(arguments.seeds, arguments.stress_seeds)):
        for name in families:
            is_fewer = FAMILIES[name].is_stress and not arguments.families
            if number < (arguments.stress_seeds if is_fewer else arguments.seeds):
                yield name, arguments.first_seed + number


def measure(missing: list[tuple[str, int]], arguments: argparse.Namespace, code: str) -> None:
    """Measure scenes, some at a time; what ended keeps its result whatever comes after."""
    from accuracy_runs.one_scene import measure_scene
    from accuracy_runs.workers import worker_pool

    with worker_pool(arguments.cores) as pool:
        jobs = [pool.submit(measure_scene, arguments.folder, *each, code) for each in missing]
        try:
            for number, job in enumerate(as_completed(jobs), start=1):
                print(f"[{number}/{len(jobs)}] {job.result()}", flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def write(done: list[Path], wanted: int, arguments: argparse.Namespace) -> None:
    """Write the tables of all results."""
    from accuracy_runs.acceptance import judged
    from accuracy_runs.page import page_of

    results = [json.loads(path.read_text()) for path in done]
    rules = judged(results)
    seconds = sum(each["processor_seconds"] for each in results)
    versions = len({each["code"] for each in results})
    first = (
        f"{len(results)} scenes of {wanted} that were asked for, seeds from {arguments.first_seed} "
        f"on, {seconds / 60:.0f} minutes of processors"
        + ("." if versions == 1 else f"; made by {versions} versions of the code.")
    )
    page = page_of(results, first)
    found = {"scenes": results, "acceptance": [asdict(rule) for rule in rules]}
    (arguments.folder / "accuracy.json").write_text(json.dumps(found, indent=1))
    (arguments.folder / "accuracy.md").write_text(page)
    if arguments.write_docs:
        PAGE.write_text(page)
    for rule in rules:
        print(f"{rule.number}  {rule.verdict.strip('*'):<13}{rule.text}: {rule.found or '-'}")
    print(f"{arguments.folder / 'accuracy.md'}")


if __name__ == "__main__":
    main()

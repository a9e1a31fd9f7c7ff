"""Data sets of as many patches as wanted: links to the files of one patch, results and records."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pystamps.io.manifest import write_manifest
from pystamps.io.result_sets import snakemake_record_path
from pystamps.stage_table import names_of_results

_PATCH, _OTHERS = "PATCH_1", "PATCH_"
_SNAKEMAKE, _RECORDS = Path(".snakemake", "metadata"), Path(".pystamps", "provenance")


def repeated_patches(source: Path, root: Path, count: int, *, is_finished: bool) -> Path:
    """Make a data set whose patches are all the first one of another data set.

    Files are hard links: a thousand patches take no room. Records are written as a run leaves
    them, one by one.

    Parameters
    ----------
    source : Path
        A data set with PATCH_1; finished by ``pystamps run`` where the copy is to be.
    root : Path
        The new data set, on the same disk.
    count : int
    is_finished : bool
        With all results; otherwise with the candidates only.
    """
    names = [f"{_OTHERS}{number}" for number in range(1, count + 1)]
    results = names_of_results() if not is_finished else set()
    folders = ["", "raw", *(("products", "logs", "benchmarks") if is_finished else ())]
    for folder in folders:
        _link_files(source / folder, root / folder, leave_out=results)
    for part in ("", "logs", "benchmarks") if is_finished else ("",):
        for name in names:
            _link_files(source / part / _PATCH, root / part / name, leave_out=results)
    for below in (path for path in (source / "raw").glob("*") if path.is_dir()):
        _link_files(below, root / "raw" / below.name)
    (root / "patch.list").unlink()
    (root / "patch.list").write_text("".join(f"{name}\n" for name in names))
    if is_finished:
        _repeat_records_of_snakemake(source / _SNAKEMAKE, root / _SNAKEMAKE, names)
        _repeat_records(source / _RECORDS, root, names)
        write_manifest(root)
    return root


def _link_files(source: Path, folder: Path, *, leave_out: Iterable[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.is_file() and path.name not in {*leave_out}:
            os.link(path, folder / path.name)


def _repeat_records_of_snakemake(source: Path, folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True)
    folder.with_name("incomplete").mkdir()
    for path in source.iterdir():
        output, text = urlsafe_b64decode(path.name).decode(), path.read_text()
        if output.startswith(f"{_PATCH}/"):
            for name in names:
                record = snakemake_record_path(folder, output.replace(_PATCH, name))
                record.write_text(text.replace(_PATCH, name))
        elif not output.startswith(_OTHERS):
            record = json.loads(text)
            sums = record.get("input_checksums") or {}
            inputs = sorted(_repeated(dict.fromkeys(record["input"]), names))
            more = {"input": inputs, "input_checksums": _repeated(sums, names)}
            (folder / path.name).write_text(json.dumps(record | more))


def _repeat_records(source: Path, root: Path, names: list[str]) -> None:
    (root / _RECORDS).mkdir(parents=True)
    for path in source.glob("*.json"):
        record = json.loads(path.read_text())
        if record["target"] not in ("", _PATCH):
            continue
        for target in names if record["target"] else [""]:
            here = [target] if target else names
            files = {f: _state(root / target / f, known) for f, known in record["files"].items()}
            inputs = _repeated(record["inputs"], here)
            noted = {f: _state(root / f, known) for f, known in inputs.items()}
            new = record | {"target": target, "files": files, "inputs": noted}
            name = f"{record['stage']}{target and '.'}{target}.json"
            (root / _RECORDS / name).write_text(json.dumps(new, indent=1))


def _repeated(known: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Give what is known about files of PATCH_1 for the same files of every patch."""
    found = {}
    for file, value in known.items():
        patch, slash, rest = file.partition("/")
        if not slash or not patch.startswith(_OTHERS):
            found[file] = value
        elif patch == _PATCH:
            found |= {f"{name}/{rest}": value for name in names}
    return found


def _state(path: Path, known: dict[str, Any]) -> dict[str, Any]:
    """Give a state with the times that the link has."""
    found = path.stat()
    return known | {"modified_ns": found.st_mtime_ns, "changed_ns": found.st_ctime_ns}

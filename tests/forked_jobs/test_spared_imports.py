"""What processes of a run do not import, and that it is there where it is asked for after all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import ModuleInfo

import pytest

from pystamps.forked_jobs.spared_imports import load_when_used, without_other_executors
from pystamps.pipeline import driver

START = """
import gc, json, sys
from pystamps.forked_jobs.spared_imports import spare_imports_of_snakemake

spare_imports_of_snakemake()
from snakemake.cli import get_argument_parser
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry
from snakemake_interface_scheduler_plugins.registry import SchedulerPluginRegistry

get_argument_parser()
loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module}
found = [*ExecutorPluginRegistry().plugins], [*SchedulerPluginRegistry().plugins], [*loaded]
print(json.dumps(found))
"""


def test_snakemake_starts_with_our_executor_and_without_what_a_run_does_not_use() -> None:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(driver._PLUGINS), os.environ.get("PYTHONPATH", "")])
    }
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True, env=environment
    )
    executors, schedulers, loaded = json.loads(done.stdout)
    assert set(executors) == {"local", "dryrun", "touch", "pystamps"}
    assert "greedy" in schedulers
    assert not {"pandas", "numpy", "pulp", "docutils"} & set(loaded)


def test_executors_of_clusters_are_left_out_and_all_else_is_seen() -> None:
    names = ["snakemake_executor_plugin_slurm", "snakemake_executor_plugin_pystamps", "numpy"]
    modules = [ModuleInfo(None, name, True) for name in names]  # type: ignore[arg-type]
    assert [module.name for module in without_other_executors(modules)] == names[1:]


def test_a_module_that_is_put_off_loads_with_its_first_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "put_off").mkdir()
    (tmp_path / "put_off" / "__init__.py").touch()
    (tmp_path / "put_off" / "part.py").write_text("import sys; sys.put_off = True; value = 3")
    monkeypatch.syspath_prepend(str(tmp_path))
    load_when_used("put_off.part")
    try:
        from put_off import part  # type: ignore[import-not-found]

        import_module("put_off.part")
        assert not hasattr(sys, "put_off")
        assert part.value == 3
        assert sys.put_off  # type: ignore[attr-defined]
        assert import_module("put_off.part").value == 3
    finally:
        for name in ("put_off", "put_off.part"):
            sys.modules.pop(name, None)
        if hasattr(sys, "put_off"):
            del sys.put_off


def test_a_module_that_nobody_has_is_put_off_without_a_word() -> None:
    load_when_used("pystamps_has_no_such_module")
    assert "pystamps_has_no_such_module" not in sys.modules

"""What the rules declare, asked from Snakemake itself in a process of its own.

Run as a program it prints the rules of a workflow for one data set as JSON; :func:`declared_rules`
calls it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CORES = 4
PATCH = "PATCH_1"
"""Whose jobs the rules of patches are asked about."""


def declared_rules(snakefile: Path, **config: Any) -> dict[str, dict[str, Any]]:
    """Give what every rule declares, by name; for the jobs of the first patch.

    Parameters
    ----------
    snakefile : Path
    **config : object
        As ``--config``; must hold ``dataset``.

    Returns
    -------
    dict
        For each rule: inputs, outputs, log, script, resources (``_cores`` are the threads) and
        settings.
    """
    command = [sys.executable, __file__, str(snakefile.resolve()), json.dumps(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _main(snakefile: Path, config: dict[str, Any]) -> None:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import ConfigSettings, ResourceSettings

    with SnakemakeApi() as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=CORES),
            config_settings=ConfigSettings(config=config),
            snakefile=snakefile,
        )._workflow
        print(json.dumps({rule.name: _facts(rule) for rule in workflow.rules}))


def _facts(rule: Any) -> dict[str, Any]:
    from snakemake.iocontainers import Wildcards

    patch = dict.fromkeys(rule.wildcard_names, PATCH)
    wildcards = Wildcards(fromdict=patch)
    inputs = rule.expand_input(wildcards)[0]
    resources = rule.expand_resources(wildcards, inputs, 1)
    settings = dict(rule.params.items()).get("settings")
    outputs, _ = rule.expand_output(wildcards)
    return {
        "inputs": [str(name) for name in inputs],
        "outputs": [str(name) for name in outputs],
        "log": [str(name) for name in rule.log],
        "script": rule.script or "",
        "resources": {name: _plain(value) for name, value in resources.items()},
        "settings": settings(wildcards) if callable(settings) else settings,
    }


def _plain(resource: Any) -> Any:
    value = getattr(resource, "value", resource)
    return value if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.loads(sys.argv[2]))

"""The facts in ``docs/stages/``, between their marks (made by ``generate_tables.py``).

The text of a page is written by hand; what stands in tables of the code is not repeated there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from artifact_tables import all_files, anchor_of_file, artifact_section, shown_file
from pystamps.audit.fingerprint import code_of_stage
from pystamps.config.groups import named_setting, settings_of_group
from pystamps.config.schema import allowed_in_words, setting_schema
from pystamps.legacy import LEGACY_ROUTINES, LegacyRoutine
from pystamps.parameters.values import describe_parameters
from pystamps.pipeline.describe import patch_files
from pystamps.processors import PROCESSORS
from pystamps.stage_table import (
    ACCURATE,
    FIGURES,
    MODES,
    PATCH,
    PREPARATION,
    PRODUCTS,
    STAGES,
    TROPOSPHERE,
    Stage,
    is_bookkeeping,
    stage_that_makes,
)
from pystamps_kernels import backends_of, registered

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "stages"
DESCRIBED = (PREPARATION, *STAGES, *ACCURATE)
_BEGIN, _END = "<!-- facts: made by `make tables` -->\n", "<!-- end facts -->\n"
_EXAMPLE = (1_000_000, 30)
"""Candidates and interferograms of the example of the cost."""
_PREPARED = "`PATCH_*/pscands.1.*`, text files in the root"
_RESULTS = ("pystamps.accuracy", "pystamps.stages", "pystamps.products", "pystamps.prep")


def page_of(stage: Stage) -> Path:
    """Give the page of a stage."""
    return FOLDER / f"{stage.name}.md"


def stage_pages() -> dict[Path, str]:
    """Give the text of all pages with the facts of today.

    Raises
    ------
    ValueError
        A page is missing or has no marks.
    """
    facts = {page_of(stage): _facts(stage) for stage in DESCRIBED}
    facts[FOLDER / "README.md"] = _index()
    return {path: _with_facts(path, lines) for path, lines in facts.items()}


def _with_facts(path: Path, lines: Iterable[str]) -> str:
    if not path.is_file():
        raise ValueError(f"{path} is missing: write what the stage does, with the marks of facts")
    before, begin, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{path} has no marks {_BEGIN.strip()} and {_END.strip()}")
    return "\n".join([f"{before}{begin}", *lines, "", f"{end}{after}"])


def _index() -> list[str]:
    head = ["| stage | works on | does | writes |", "|---|---|---|---|"]
    return [*head, *map(_index_line, DESCRIBED)]


def _index_line(stage: Stage) -> str:
    files = _files(stage.outputs) or _PREPARED
    return f"| [`{stage.name}`]({stage.name}.md) | {_scope(stage)} | {stage.title} | {files} |"


def _scope(stage: Stage) -> str:
    return "each patch" if stage.scope == "patch" else "the whole data set"


def _facts(stage: Stage) -> list[str]:
    sections = {
        "Reads": _reads(stage),
        "Writes": _writes(stage),
        "When it runs, and why it is skipped": _runs(stage),
        "Parameters": _parameters(stage),
        "Switches and programs": _settings(stage),
        "Kernels": _kernels(stage),
        "Time and memory": _cost(stage),
        "Run it alone": _alone(stage),
        "See the result": _figures(stage),
        "In the code, and in StaMPS": _places(stage),
    }
    shown = [f"\n## {title}\n\n" + "\n".join(lines) for title, lines in sections.items() if lines]
    return "\n".join(shown).lstrip("\n").split("\n")


def _files(names: Iterable[str]) -> str:
    return " ".join(f"`{shown_file(name)}`" for name in names)


def _reads(stage: Stage) -> list[str]:
    lines = [_input(name, "yes") for name in stage.inputs]
    lines += [_input(name, "if there") for name in all_files(stage.optional_inputs)]
    if stage.reads_stack:
        lines += [_of_stack(*item) for item in _stack_files().items()]
    return ["| file | needed | what it is |", "|---|---|---|", *lines] if lines else []


def _input(name: str, needed: str) -> str:
    maker = stage_that_makes(name)
    what, processors = _patch_files().get(name, ("", []))
    if processors and len(processors) < len(PROCESSORS):
        needed = f"stacks of {', '.join(processors)}"
    page = (maker.first_of or maker.name) if maker else ""
    if maker is TROPOSPHERE:
        what = f"made by [`{maker.name}`](../corrections.md), or brought along"
    elif maker:
        what = f"made by [`{maker.name}`]({page}.md#{anchor_of_file(name)})"
    return f"| `{shown_file(name)}` | {needed} | {what} |"


def _patch_files() -> dict[str, tuple[str, list[str]]]:
    """Give the files of a patch that are inputs: name to meaning and processors."""
    found: dict[str, tuple[str, list[str]]] = {}
    for processor in PROCESSORS:
        for file in patch_files(processor):
            found.setdefault(f"{PATCH}{file.name}", (file.meaning, []))[1].append(processor)
    return found


def _stack_files() -> dict[str, tuple[str, list[str]]]:
    """Give the files of the stack that are inputs: name to meaning and processors."""
    found: dict[str, tuple[str, list[str]]] = {}
    for processor in PROCESSORS.values():
        for file in processor.input_files:
            if not is_bookkeeping(file.name):
                found.setdefault(file.name, (file.meaning, []))[1].append(processor.name)
    return found


def _of_stack(name: str, meaning_and_processors: tuple[str, list[str]]) -> str:
    meaning, processors = meaning_and_processors
    return f"| `{name}` | stacks of {', '.join(processors)} | {meaning} |"


def _writes(stage: Stage) -> list[str]:
    lines: list[str] = []
    for name in all_files(stage.outputs_of_all_modes):
        lines += artifact_section(stage, name)
    return lines[1:]


def _runs(stage: Stage) -> list[str]:
    if stage is PREPARATION:
        return []
    settings = [*stage.compat, *stage.method, *stage.tools, *stage.products]
    values = [
        "a parameter below"
        if stage.parameter_stage is not None
        else "`small_baseline_flag`, the one parameter on which it depends",
        *(["a setting below"] if settings else []),
        *(["`deramp_degree.mat` in the root"] if stage.is_deramped else []),
    ]
    return [
        f"It is done when its files are there; `{stage.marker}` is the one that people look for "
        "first. It runs again when",
        "",
        "- one of its files is missing, or older than a file that it reads;",
        "- the list of the files that it reads is another one;",
        f"- a value that it depends on has changed since: {', '.join(values)}. Values count "
        "wherever they are made: in the configuration, `localparms.mat` or `parms.mat`.",
        "",
        "Otherwise it is skipped. "
        + ("It is *empty* when the patch has no pixel left: that is no error, and the merge passes "
           "over it. " if stage.scope == "patch" else "")
        + "[What the words of `pystamps status` mean](README.md#what-status-says).",
    ]  # fmt: skip


def _parameters(stage: Stage) -> list[str]:
    if stage is PREPARATION:
        return _settings_of_preparation()
    number = "P" if stage.parameter_stage == PRODUCTS else str(stage.parameter_stage)
    rows = [
        f"| `{p.name}` | {p.default} | {p.unit} | {p.allowed} | {p.meaning} |"
        for p in describe_parameters()
        if number in p.stages.split() or p.name in stage.parameters
    ]
    if not rows:
        return []
    return ["| name | default | unit | allowed | meaning |", "|---|---|---|---|---|", *rows]


def _settings_of_preparation() -> list[str]:
    rows = [
        f"| `{s.key}` | `{_yaml(s.default)}` | {s.info.unit} | "
        f"{allowed_in_words(setting_schema(s))} | {s.info.meaning} |"
        for s in settings_of_group("dataset.raw")
    ]
    return ["| setting | default | unit | allowed | meaning |", "|---|---|---|---|---|", *rows]


def _settings(stage: Stage) -> list[str]:
    groups = {
        "compat": stage.compat,
        "method": stage.method,
        "accuracy": stage.accuracy,
        "tools": stage.tools,
        "products": stage.products,
    }
    settings = [named_setting(f"{group}.{name}") for group in groups for name in groups[group]]
    lines = [f"- `{s.key}` (default `{_yaml(s.default)}`): {s.info.meaning}" for s in settings]
    if not stage.compat:
        return lines
    return [*lines, "", "`true` of a switch of `compat` is what StaMPS does, `false` corrects it."]


def _yaml(value: object) -> str:
    """Give a default as a configuration has it."""
    if value is None or value == "":
        return "null" if value is None else "''"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kernels(stage: Stage) -> list[str]:
    names = code_of_stage(stage.name).kernels
    if not names:
        return []
    rows = [
        f"| [`{name}`](../kernels.md#{name}) | {', '.join(backends_of(name))} | "
        f"{registered(name).meaning} |"
        for name in names
    ]
    return ["| kernel | backends | what it computes |", "|---|---|---|", *rows]


def _cost(stage: Stage) -> list[str]:
    if stage is PREPARATION:
        return []
    candidates, interferograms = _EXAMPLE
    samples = candidates * interferograms
    cost = stage.cost
    grows = "disk and time in proportion to both, memory to the candidates"
    if not cost.bytes_per_pixel:
        grows = "all in proportion to both"
    paired = stage.in_mode(MODES[1]).cost
    if paired != cost:
        most = paired.memory_mb(samples, candidates) / 1000
        grows += f"; of small baselines {most:.1f} GB of memory, in proportion to both"
    of = "in its patch" if stage.scope == "patch" else "in all patches together"
    return [
        f"For {candidates // 1_000_000} million candidates {of} and {interferograms} "
        f"interferograms at most {cost.memory_mb(samples, candidates) / 1000:.1f} GB of memory, "
        f"{samples * cost.bytes_on_disk / 1e9:.1f} GB on disk and "
        f"{cost.seconds(samples) / 60:.0f} minutes on one core; {grows}. "
        "What it took is in `benchmarks/` of the data set ([measured](../performance.md))."
    ]


def _alone(stage: Stage) -> list[str]:
    if stage is PREPARATION:
        return ["```bash", "pystamps prep snap EXPORT DATASET --patches auto --cores 8", "```"]
    directory = "D/PATCH_1" if stage.scope == "patch" else "D"
    option = "--patch" if stage.scope == "patch" else "--dataset"
    command = [] if stage.is_product else [f"pystamps stage {stage.step} {option} {directory}"]
    call = (
        f'run_stage({stage.step}, "{stage.scope}", Path("{directory}"), RunConfig())'
        if command
        else f'stage_named("{stage.name}").load()(Path("{directory}"), RunConfig())'
    )
    source = "pystamps.pipeline.stages import run_stage" if command else (
        "pystamps.stage_table import stage_named"
    )  # fmt: skip
    return [
        "```bash",
        *command,
        _by_snakemake(stage),
        "```",
        "",
        *(
            ["The first runs it whether or not its results exist; the second runs it, and what "
             "comes before it, where that is not done.", ""]
            if command else []
        ),
        "From Python:",
        "",
        "```python",
        "from pathlib import Path",
        "",
        "from pystamps.config import RunConfig",
        f"from {source}",
        "",
        f"result = {call}",
        "print(result.counts, result.written)",
        "```",
    ]  # fmt: skip


def _by_snakemake(stage: Stage) -> str:
    if stage.accuracy:
        return "pystamps run -d D --accurate"
    return f"snakemake --cores 8 --config dataset=D --until {stage.name}"


def _figures(stage: Stage) -> list[str]:
    made = set(all_files(stage.outputs_of_all_modes))
    found = [figure for figure in FIGURES if made & _what_it_shows(figure)]
    log = f"logs/{'PATCH_1/' if stage.scope == 'patch' else ''}{stage.name}.log"
    if not found:
        return [f"No figure is drawn from its files; the end of `{log}` counts what it did."]
    lines = [f"- `{f.outputs[0]}`: {f.title}. {_caption(f.name)}" for f in found]
    return [*lines, "", f"`pystamps report` draws them; the end of `{log}` counts what it did."]


def _what_it_shows(figure: Stage) -> set[str]:
    """Give the files that a figure draws; nearly all take the positions from ``ps2.mat``."""
    return set(figure.inputs) - {"ps2.mat"} or set(figure.inputs)


def _caption(name: str) -> str:
    captions = FOLDER.parent.parent / "rules" / "captions"
    text = (captions / f"{name.removeprefix('figure_')}.rst").read_text(encoding="utf-8")
    return " ".join(re.sub(r"`([^`<]+?) ?<[^>]+>`_", r"\1", text).split())


def _places(stage: Stage) -> list[str]:
    module, function = stage.entry_point.split(":")
    code = code_of_stage(stage.name)
    science = [name for name in code.modules if name.startswith(_RESULTS)]
    lines = [f"- entry point: `{function}` in {_link(module)}"]
    lines += [f"- the science: {', '.join(map(_link, science))}"] if science else []
    routines = [r for r in LEGACY_ROUTINES if _stands_for(r, stage, code.modules)]
    of_stamps = [f"`{r.name}`{f' ({r.note})' if r.note else ''}" for r in routines]
    folder = "folders `bin` and `src`" if stage is PREPARATION else "folder `matlab`"
    lines += [f"- in StaMPS, {folder}: {', '.join(of_stamps)}"] if of_stamps else []
    lines.append("- formulas and references: [the method](../science.md)")
    return lines


def _link(module: str) -> str:
    path = module.replace(".", "/")
    root = FOLDER.parent.parent
    file = f"{path}.py" if (root / f"{path}.py").is_file() else f"{path}/__init__.py"
    return f"[`{module.removeprefix('pystamps.')}`](../../{file})"


def _stands_for(routine: LegacyRoutine, stage: Stage, modules: Iterable[str]) -> bool:
    """Tell whether a stage does the work of a routine of StaMPS."""
    number = "products" if stage.is_product else str(stage.step)
    if routine.stage != number or not routine.here:
        return False
    others = {other.name for other in STAGES} - {stage.name}
    is_of_another = routine.here.rpartition(".")[2] in others
    return stage is PREPARATION or (routine.here in modules and not is_of_another)

"""Markdown tables of a benchmark, and their place in the documentation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.kernel_runs import KernelTime
from benchmarks.results import Results
from benchmarks.stage_series import StageTime
from pystamps_kernels import BACKENDS, NATIVE, PYTHON

GROWTH_FROM = 10_000
"""Below, starting threads takes a part of the time that does not grow."""


def setting_line(results: Results) -> str:
    """Say on what machine the numbers were taken."""
    s, r = results.setting, results.rates
    device = "" if s["device"].startswith("none") else f", {s['device']}"
    return (
        f"{s['processor']}, {s['threads']} of {s['cores']} cores{device}; Python {s['python']}, "
        f"NumPy {s['numpy']}, Numba {s['numba']}. Measured rates: copy "
        f"{r.bandwidth / 1e9:.0f} GB/s, multiply-add {r.arithmetic / 1e9:.0f} G/s, "
        f"sine with cosine {r.trigonometry / 1e9:.2f} G/s, "
        f"arctangent {r.arctangents / 1e9:.2f} G/s, "
        f"32 x 32 transforms {r.transforms / 1e3:.0f} k/s."
    )


def kernel_table(results: Results) -> str:
    """Give one row per kernel: the largest size, its limit, and how the time grew."""
    backends = backends_in(results.kernels)
    head = ["kernel", "pixels", *(f"{name} ns" for name in backends)]
    head += ["limit ns", "time / limit", "growth", "MB", "compile s"]
    rows = []
    for kernel in dict.fromkeys(found.kernel for found in results.kernels):
        own = [found for found in results.kernels if found.kernel == kernel]
        last = _largest(own, NATIVE.name)
        row = [f"`{kernel}`", _count(last.size)]
        row += [_cell_of(_largest_of(own, name), last.size) for name in backends]
        row += [_number(1e9 * last.limit / last.elements), _number(last.ratio)]
        row += [growth(own), _number(last.memory_mb), _number(last.compile_s)]
        rows.append(row)
    return _markdown(head, rows)


def kernel_series_table(results: Results) -> str:
    """Give every measurement of the kernels."""
    head = ["kernel", "backend", "pixels", "ms", "ns per element", "limit ms", "time / limit", "MB"]
    rows = [
        [
            f"`{k.kernel}`", k.backend, _count(k.size), _number(1e3 * k.median),
            _number(k.nanoseconds), _number(1e3 * k.limit), _number(k.ratio), _number(k.memory_mb),
        ]
        for k in results.kernels
    ]  # fmt: skip
    return _markdown(head, rows)


def stage_table(results: Results) -> str:
    """Give every measurement of the stages."""
    head = ["stage", "candidates", "backend", "s", "µs per candidate", "kernels s", "files s"]
    head += ["limit s", "time / limit", "start s", "peak MB"]
    rows = [
        [
            f"`{s.stage}`", _count(s.size), s.backend, _number(s.median),
            _number(s.microseconds), _number(s.kernel_seconds), _number(s.io_seconds),
            _number(s.limit), _number(s.ratio), _number(s.start), _number(s.peak_mb),
        ]
        for s in results.stages
    ]  # fmt: skip
    return _markdown(head, [*rows, *_sums(results.stages)]) + f"\n\n{files_line(results)}"


def files_line(results: Results) -> str:
    """Say which stages spend more than a fifth of their time on files, at the largest size."""
    stages = [s for s in results.stages if not s.checkout]
    largest = [s for s in stages if s.size == max(s.size for s in stages)]
    shares = {s.stage: s.io_seconds / s.median for s in largest if s.backend != PYTHON.name}
    names = [f"`{name}` ({100 * share:.0f} %)" for name, share in shares.items() if share > 0.2]
    shown = ", ".join(names) or "no stage"
    return f"At the largest size, files take more than a fifth of the time of {shown}."


def memory_table(results: Results) -> str:
    """Give the time of the processors, and memory beside the sizes of the files."""
    head = ["stage", "candidates", "backend", "CPU s", "CPU µs per candidate", "peak MB"]
    head += ["files MB", "peak / files", "without an idle process"]
    rows = [
        [
            f"`{s.stage}`", _count(s.size), s.backend, _number(s.cpu_seconds),
            _number(1e6 * s.cpu_seconds / s.size), _number(s.peak_mb), _number(s.files_mb),
            *(_share(mb, s.files_mb) for mb in (s.peak_mb, max(s.peak_mb - s.idle_mb, 0.0))),
        ]
        for s in results.stages
    ]  # fmt: skip
    return _markdown(head, rows)


def comparison_table(results: Results) -> str:
    """Give the stages of this checkout beside those of others, measured in turns."""
    head = ["stage", "candidates", "backend", "s", "s there", "median ratio", "ratio of fastest"]
    head += ["CPU ratio", "peak ratio", "repeats"]
    rows = [
        [
            f"`{here.stage}`", _count(here.size), here.backend,
            _number(here.median), _number(there.median),
            *(
                f"{getattr(here, part) / getattr(there, part):.3f}"
                for part in ("median", "fastest", "cpu_seconds", "peak_mb")
            ),
            str(here.repeats),
        ]
        for here, there in pairs(results.stages)
    ]  # fmt: skip
    return _markdown(head, rows)


def pairs(stages: Iterable[StageTime]) -> list[tuple[StageTime, StageTime]]:
    """Give every measurement of another checkout with that of this one beside it."""
    here = {(s.stage, s.size, s.backend): s for s in stages if not s.checkout}
    others = [s for s in stages if s.checkout]
    return [(here[s.stage, s.size, s.backend], s) for s in others]


def slower(stages: Iterable[StageTime], most: float) -> list[str]:
    """Name the stages that take more than ``most`` times as long as in the other checkout.

    Other work on the machine makes single runs longer, never shorter: a stage counts as slower
    when both its median and its fastest run are.
    """
    ratios = {
        here.stage: min(here.median / there.median, here.fastest / there.fastest)
        for here, there in pairs(stages)
    }
    return [f"{stage} ({ratio:.2f} times)" for stage, ratio in ratios.items() if ratio > most]


def preparation_table(results: Results) -> str:
    """Give the preparations beside a plain read of the same files."""
    head = ["pixels", "files", "MB", "plain read MB/s", "preparation s", "MB/s", "of a plain read"]
    head += ["candidates", "MB more than idle"]
    rows = [
        [
            _count(p.size), str(p.files), _number(p.megabytes), _number(p.plain_rate),
            _number(p.median), _number(p.rate), f"{100 * p.rate / p.plain_rate:.0f} %",
            _count(p.candidates), _number(p.peak_mb),
        ]
        for p in results.preparations
    ]  # fmt: skip
    return _markdown(head, rows)


def plain_table(results: Results) -> str:
    """Give the stages beside plain loops over their pixels."""
    head = ["stage", "candidates", "backend", "StaMPS works on", "plain loops s"]
    head += ["bodies measured", "computing s", "times faster", "files s", "files / all"]
    rows = [
        [
            f"`{p.stage}`", _count(p.size), p.backend,
            "one at a time" if p.is_loop_of_original else "all at once",
            _number(p.plain), str(p.measured),
            _number(p.compute), _number(p.ratio), _number(p.io_seconds),
            f"{100 * p.io_seconds / (p.compute + p.io_seconds):.0f} %",
        ]
        for p in results.plain
    ]  # fmt: skip
    return _markdown(head, rows)


def report(results: Results) -> str:
    """Give all tables as one page."""
    has_others = results.has_other_checkouts
    is_alone = bool(results.stages) and not has_others
    parts = [
        ("Kernels", kernel_table(results) if results.kernels else ""),
        ("Stages", stage_table(results) if is_alone else ""),
        ("Stages here and there", comparison_table(results) if has_others else ""),
        ("Memory of the stages", memory_table(results) if is_alone else ""),
        ("Stages against plain loops", plain_table(results) if results.plain else ""),
        ("Preparation", preparation_table(results) if results.preparations else ""),
        ("Kernels, all sizes", kernel_series_table(results) if results.kernels else ""),
    ]
    text = "\n\n".join(f"## {title}\n\n{table}" for title, table in parts if table)
    return f"# Benchmark\n\n{setting_line(results)}\n\n{text}\n"


def backends_in(found: Iterable[KernelTime]) -> list[str]:
    """Give the backends that were measured, in the order of the documentation."""
    names = {item.backend for item in found}
    return [name for name in BACKENDS if name in names]


def growth(own: Sequence[KernelTime]) -> str:
    """Time per element at the largest size over that at the smallest one that counts."""
    series = [k for k in own if k.backend == NATIVE.name and k.size >= GROWTH_FROM]
    if len(series) < 2:
        return "–"
    return f"{100 * (series[-1].nanoseconds / series[0].nanoseconds - 1):+.0f} %"


def _largest_of(own: Sequence[KernelTime], backend: str) -> KernelTime | None:
    series = [k for k in own if k.backend == backend]
    return max(series, key=lambda k: k.size) if series else None


def _largest(own: Sequence[KernelTime], preferred: str) -> KernelTime:
    return _largest_of(own, preferred) or max(own, key=lambda k: k.size)


def _cell_of(found: KernelTime | None, size: int) -> str:
    """Time per element, with its size when that is another one."""
    if found is None:
        return "–"
    text = _number(found.nanoseconds)
    return text if found.size == size else f"{text} (at {_count(found.size)})"


def _sums(stages: Sequence[StageTime]) -> list[list[str]]:
    rows = []
    for size, backend in dict.fromkeys((s.size, s.backend) for s in stages):
        own = [s for s in stages if (s.size, s.backend) == (size, backend)]
        total = {
            name: sum(getattr(s, name) for s in own)
            for name in ("median", "kernel_seconds", "io_seconds", "limit", "start")
        }
        rows.append(
            [
                "all", _count(size), backend, _number(total["median"]),
                _number(1e6 * total["median"] / size), _number(total["kernel_seconds"]),
                _number(total["io_seconds"]), _number(total["limit"]),
                _number(total["median"] / total["limit"]), _number(total["start"]),
                _number(max(s.peak_mb for s in own)),
            ]
        )  # fmt: skip
    return rows


def _number(value: float) -> str:
    """Two significant digits, three from 100 on."""
    if math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole else "–"


def _count(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_section(page: str, name: str, text: str) -> str:
    """Replace what lies between the marks of a section in a page.

    Parameters
    ----------
    page : str
        Holds ``<!-- benchmark NAME -->`` and ``<!-- end NAME -->``.
    name, text : str

    Raises
    ------
    ValueError
        The marks are missing.
    """
    begin, end = f"<!-- benchmark {name} -->", f"<!-- end {name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no marks {begin} and {end}; put them where the table goes")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def write_into(page: Path, sections: dict[str, str]) -> None:
    """Replace sections of a file."""
    text = page.read_text(encoding="utf-8")
    for name, content in sections.items():
        text = with_section(text, name, content)
    page.write_text(text, encoding="utf-8")

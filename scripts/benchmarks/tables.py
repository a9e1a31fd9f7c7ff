"""Markdown tables of a benchmark, and their place in the documentation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.kernel_runs import KernelTime
from benchmarks.results import Results
from benchmarks.stage_series import StageTime
from pystamps_kernels import BACKENDS, NATIVE

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
            f"`{s.stage}`", _count(s.candidates), s.backend, _number(s.median),
            _number(s.microseconds), _number(s.kernel_seconds), _number(s.io_seconds),
            _number(s.limit), _number(s.ratio), _number(s.start), _number(s.peak_mb),
        ]
        for s in results.stages
    ]  # fmt: skip
    return _markdown(head, [*rows, *_sums(results.stages)])


def plain_table(results: Results) -> str:
    """Give the stages beside the loops of the original."""
    head = ["stage", "candidates", "backend", "plain loops s", "bodies measured", "computing s"]
    head += ["times faster", "files s", "files / all"]
    rows = [
        [
            f"`{p.stage}`", _count(p.candidates), p.backend, _number(p.plain), str(p.measured),
            _number(p.compute), _number(p.ratio), _number(p.io_seconds),
            f"{100 * p.io_seconds / (p.compute + p.io_seconds):.0f} %",
        ]
        for p in results.plain
    ]  # fmt: skip
    for backend, candidates in dict.fromkeys((p.backend, p.candidates) for p in results.plain):
        own = [p for p in results.plain if (p.backend, p.candidates) == (backend, candidates)]
        plain, compute, io = (
            sum(getattr(p, name) for p in own) for name in ("plain", "compute", "io_seconds")
        )
        rows.append(
            ["all of these", _count(candidates), backend, _number(plain), "", _number(compute),
             _number(plain / compute), _number(io), f"{100 * io / (compute + io):.0f} %"]
        )  # fmt: skip
    return _markdown(head, rows)


def report(results: Results) -> str:
    """Give all tables as one page."""
    parts = [
        ("Kernels", kernel_table(results) if results.kernels else ""),
        ("Stages", stage_table(results) if results.stages else ""),
        ("Stages against the loops of the original", plain_table(results) if results.plain else ""),
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
    for candidates, backend in dict.fromkeys((s.candidates, s.backend) for s in stages):
        own = [s for s in stages if (s.candidates, s.backend) == (candidates, backend)]
        total = {
            name: sum(getattr(s, name) for s in own)
            for name in ("median", "kernel_seconds", "io_seconds", "limit", "start")
        }
        rows.append(
            [
                "all", _count(candidates), backend, _number(total["median"]),
                _number(1e6 * total["median"] / candidates), _number(total["kernel_seconds"]),
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

"""How long campaigns of kills, mutations and faults are, and what they have found.

A test asks for the fixture ``campaign`` (sizes), for ``campaign_seed`` (a case for each seed),
and tells ``note_figures`` what it has counted; the figures of all stand at the end. Tests
marked ``campaign`` run in the long form only. ``make reliability`` runs the long form of all, with
``FORM=short`` what CI does: all but those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

_FIGURES = "figures of a campaign"
_FOLDER = Path(__file__).resolve().parent.parent / "reliability"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Sizes of the campaigns.

    Attributes
    ----------
    kills : int
        Kills of runs, all tests together.
    seeds : tuple of int
        What is drawn by chance is drawn once for each.
    mutations : int
        Damaged forms of each kind of input, for each seed.
    is_long : bool
    """

    kills: int
    seeds: tuple[int, ...]
    mutations: int
    is_long: bool


SHORT = Campaign(kills=8, seeds=(20,), mutations=30, is_long=False)
LONG = Campaign(kills=60, seeds=(1, 2, 3), mutations=300, is_long=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("campaigns of kills, mutations and faults")
    group.addoption("--form", choices=["short", "long"], default="short", help="of the campaigns")
    group.addoption("--kills", type=int, metavar="N", help="kills of runs, all together")
    group.addoption("--seeds", metavar="N,N", help="one campaign for each, with commas between")
    group.addoption("--mutations", type=int, metavar="N", help="of each kind of input and seed")


def campaign_of(config: pytest.Config) -> Campaign:
    """Give the sizes that the options ask for."""
    form = LONG if config.getoption("form") == "long" else SHORT
    seeds = config.getoption("seeds")
    return Campaign(
        kills=config.getoption("kills") or form.kills,
        seeds=tuple(int(seed) for seed in seeds.split(",")) if seeds else form.seeds,
        mutations=config.getoption("mutations") or form.mutations,
        is_long=form.is_long,
    )


@pytest.fixture(scope="session")
def campaign(pytestconfig: pytest.Config) -> Campaign:
    """Sizes of the campaigns."""
    return campaign_of(pytestconfig)


@pytest.fixture
def note_figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Give a function that keeps what a campaign has counted, by name.

    ``note_figures("kills of runs", kills=8, refusals=0)``: equal names are added up over all
    tests. To be called before the figures are judged.
    """

    def note(name: str, **figures: int) -> None:
        request.node.user_properties.append((_FIGURES, [name, figures]))

    return note


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "campaign_seed" in metafunc.fixturenames:
        metafunc.parametrize("campaign_seed", campaign_of(metafunc.config).seeds)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies in tests/reliability; leave the long tests out of the short form."""
    for item in items:
        if item.path.is_relative_to(_FOLDER) or item.get_closest_marker("campaign"):
            item.add_marker(pytest.mark.reliability)
    if campaign_of(config).is_long:
        return
    left_out = [item for item in items if item.get_closest_marker("campaign")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the campaigns have counted."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for what, (name, figures) in _notes(report):
                    assert what == _FIGURES
                    for word, count in figures.items():
                        found[name][word] += count
    if found:
        terminalreporter.section("reliability")
    for name, counts in sorted(found.items()):
        words = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in counts.items())
        terminalreporter.write_line(f"{name}: {words}")


def _notes(report: pytest.TestReport) -> list[tuple[str, tuple[str, dict[str, int]]]]:
    return [note for note in report.user_properties if note[0] == _FIGURES]  # type: ignore[misc]

"""Break the code on purpose, one place at a time, and see that a test notices.

    python scripts/try_mutants.py [NAME ...]

Every mutant is one change that somebody could make by forgetting something. It is applied to a
copy of the checkout, and the tests named beside it are run there: they have to fail. Ends with 1
when a mutant lives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
_FAILED_TESTS = 1  # exit code of pytest when tests ran and some failed


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file, and the tests that have to notice.

    Attributes
    ----------
    name : str
    file : str
        Relative to the checkout.
    old, new : str
        Text that stands there once, and what it is replaced by.
    tests : tuple of str
        What pytest is given.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


_TABLE = "pystamps/stage_table.py"
_PLAN = "pystamps/pipeline/plan.py"
_LAYOUTS = "pystamps/io/layouts.py"
_TRACED = ("tests/pipeline/test_what_stages_touch.py",)
_SETTINGS = ("tests/pipeline/test_settings_and_rules.py",)
_RULES = ("tests/workflow/test_rules_and_table.py",)
_AGREEMENT = ("tests/prep/test_agreement.py",)
_STATEMENTS = ("tests/io/test_statements.py",)
_FINGERPRINT = ("tests/audit/test_fingerprint.py",)
_COVERAGE = ("tests/audit/test_coverage.py",)
_PLANTED = ("tests/test_planted_changes.py",)
_BROKEN = ("tests/cli/test_bad_artifacts.py",)
_REPLAY = "tests/pipeline/test_replay.py"
_PAGE = "tests/verify_page/test_page.py"
_STATUS = ("tests/pipeline/test_status.py",)
_NOTES = ("tests/pipeline/test_job_notes.py",)
_VALUES = ("tests/test_values_as_people_write_them.py",)
_EARLIER = ("tests/test_earlier_files.py",)
_BLOCKS = ("tests/stages/test_block_sizes.py",)
_OUTCOME = ("tests/audit/test_audit_outcome.py",)
_AUDIT = ("tests/audit/test_audit_run.py",)
_PLANNED = ("tests/audit/test_audit_plan.py",)

MUTANTS = (
    Mutant(
        "range-without-its-end",
        "pystamps/parameters/matlab_text.py",
        "math.floor((last - first) / step + _SPARE) + 1",
        "math.floor((last - first) / step + _SPARE)",
        _VALUES,
    ),
    Mutant(
        "numbers-of-dates-from-zero",
        "pystamps/parameters/dated_lists.py",
        "return int(at[0]) + 1",
        "return int(at[0])",
        _VALUES,
    ),
    Mutant(
        "printed-values-cut-to-ten-digits",
        "pystamps/parameters/values.py",
        "return short if float(short) == plain else repr(float(plain))",
        "return short",
        _VALUES,
    ),
    Mutant(
        "earlier-key-wins-over-todays",
        "pystamps/config/earlier_kinds.py",
        "if not (before is None or _is_same(before, today) or _is_default(present, before)):",
        "if settings is None:",
        _EARLIER,
    ),
    Mutant(
        "only-the-first-wrong-key-is-said",
        "pystamps/config/checks.py",
        "wrong += _schema_problems(translated)",
        "wrong += _schema_problems(translated)[:1]",
        _EARLIER,
    ),
    Mutant(
        "arcs-of-the-last-block-lost",
        "pystamps/stages/stage6_time.py",
        "for arcs in row_blocks(nodes, n_rows=chunk_edges):",
        "for arcs in list(row_blocks(nodes, n_rows=chunk_edges))[:-1]:",
        _BLOCKS,
    ),
    Mutant(
        "fingerprint-without-the-loops-of-kernels",
        "pystamps/audit/source_graph.py",
        'elif module == f"pystamps_kernels.{text}":',
        "elif not text:",
        _FINGERPRINT,
    ),
    Mutant(
        "certification-whatever-the-code",
        "pystamps/audit/coverage.py",
        "if evidence.fingerprint != fingerprint:",
        "if not evidence.fingerprint:",
        _COVERAGE,
    ),
    Mutant(
        "fingerprint-without-cuda-sources",
        "pystamps/audit/source_graph.py",
        "elif text.endswith(_CUDA_SOURCES) and",
        "elif not text.endswith(_CUDA_SOURCES) and",
        _FINGERPRINT,
    ),
    Mutant(
        "rule-of-stage7-without-the-noise",
        "rules/merged.smk",
        """        *PLAN.inputs_of_mode("stage7_scla"),
""",
        "",
        _RULES,
    ),
    Mutant(
        "record-of-stage7-without-the-noise",
        _TABLE,
        '        inputs=("ps2.mat", "bp2.mat", "phuw2.mat", "ifgstd2.mat"),',
        '        inputs=("ps2.mat", "bp2.mat", "phuw2.mat"),',
        _TRACED,
    ),
    Mutant(
        "no-stage-depends-on-the-triangulation",
        "pystamps/pipeline/stage_settings.py",
        "for name in stage.tools}",
        "for name in ()}",
        _SETTINGS,
    ),
    Mutant(
        "stage8-without-its-switches",
        _TABLE,
        """        compat=(
            *("scn_full_list_master_position", "scn_missing_phase_as_zero"),
            "column_fringe_sign_reversed",
        ),
""",
        "",
        _SETTINGS,
    ),
    Mutant(
        "stage4-forgets-a-parameter",
        "pystamps/parameters/table.py",
        '"std of the smoothing of arcs in time", unit="days", stages=(4,), **_POSITIVE',
        '"std of the smoothing of arcs in time", unit="days", stages=(), **_POSITIVE',
        _SETTINGS,
    ),
    Mutant(
        "plan-takes-the-parameters-of-the-root-for-a-patch",
        _PLAN,
        "self.root, self.root / patch, self.config.stamps, raw_root=raw_root",
        "self.root, self.root, self.config.stamps, raw_root=raw_root",
        ("tests/pipeline/test_plan.py",),
    ),
    Mutant(
        "plan-forgets-optional-inputs",
        _PLAN,
        "return [*self._possible(stage, wanted), *of_method]",
        "return []",
        ("tests/pipeline/test_plan.py",),
    ),
    Mutant(
        "surface-of-the-velocity-is-forgotten",
        _TABLE,
        """        products=("mean_velocity_type",),
        is_deramped=True,""",
        """        products=("mean_velocity_type",),""",
        (*_SETTINGS, "tests/pipeline/test_plan.py"),
    ),
    Mutant(
        "stage6-is-done-before-the-phase-is-there",
        _TABLE,
        'marker="phuw2.mat",',
        'marker="uw_grid.mat",',
        ("tests/io/test_dataset.py", "tests/test_stage_table.py"),
    ),
    Mutant(
        "gamma-stacks-are-little-endian",
        "pystamps/processors/gamma.py",
        "byte_order=SLANT_RANGE_ORDER,",
        'byte_order="<",',
        ("tests/test_processors.py",),
    ),
    Mutant(
        "scan-of-isce-keeps-broken-links-to-itself",
        "pystamps/processors/isce_export.py",
        "    findings += _wrong_links(stack, links, dates, size)\n",
        "",
        ("tests/doctor/test_doctor_exports.py", *_AGREEMENT),
    ),
    Mutant(
        "preparation-overlooks-what-the-scan-found",
        "pystamps/processors/gamma_family.py",
        "    findings += [found for pair in pairs for found in baseline_file_findings(pair)]\n",
        "",
        ("tests/doctor/test_doctor_exports.py", *_AGREEMENT),
    ),
    Mutant(
        "any-number-is-a-reference-image",
        _LAYOUTS,
        '"master_ix": _index("master_ix", "integer", last="n_image"),',
        '"master_ix": Variable("master_ix", "integer", one_based=True),',
        _BROKEN,
    ),
    Mutant(
        "baselines-may-be-infinite",
        _LAYOUTS,
        "_BASELINE = Range(low=-1e5, high=1e5)",
        '_BASELINE = Range(gaps="any", is_infinite=True)',
        _BROKEN,
    ),
    Mutant(
        "positions-may-be-transposed",
        _LAYOUTS,
        """"lonlat", "matrix", "n_ps 2", _F8, Range((-360, -90), (360, 90), gaps="some")""",
        """"lonlat", "matrix", "", _F8, Range((-360, -90), (360, 90), gaps="some")""",
        _STATEMENTS,
    ),
    Mutant(
        "degrees-of-longitude-as-at-the-equator",
        "pystamps/verify/differences.py",
        "np.cos(np.deg2rad(",
        "np.ones_like(np.deg2rad(",
        _PLANTED,
    ),
    Mutant(
        "cycles-counted-and-never-judged",
        "pystamps/verify/variables.py",
        "if np.all(counts <= allowed):",
        "if np.all(counts >= 0):",
        _PLANTED,
    ),
    Mutant(
        "worst-element-alone",
        "pystamps/verify/variables.py",
        'if rule == "exact" or np.any(given):',
        "if rule:",
        _PLANTED,
    ),
    Mutant(
        "parameters-of-any-value",
        "pystamps/verify/trees.py",
        "if item.counts and not item.is_equal",
        "if item.counts and item.reason",
        ("tests/test_verify_parameters.py",),
    ),
    Mutant(
        "what-waits-is-called-stale",
        "pystamps/pipeline/status.py",
        'state = "blocked" if waits_for else',
        'state = "stale" if waits_for else',
        _STATUS,
    ),
    Mutant(
        "a-stage-waits-for-the-one-before-it-only",
        "pystamps/pipeline/status.py",
        "for label in found[name] or (name,)",
        "for label in (name,)",
        _STATUS,
    ),
    Mutant(
        "changes-without-a-record-of-every-file",
        "pystamps/pipeline/job_records.py",
        "    if len(known) < len(found):",
        "    if not known:",
        _STATUS,
    ),
    Mutant(
        "parameters-of-a-patch-are-those-of-the-root",
        "pystamps/pipeline/setting_changes.py",
        "plan.root, plan.root / patch, plan.config.stamps",
        "plan.root, plan.root, plan.config.stamps",
        _STATUS,
    ),
    Mutant(
        "newer-inputs-are-not-understood",
        "pystamps/pipeline/decision.py",
        '_NEWER = "Updated input files"',
        '_NEWER = "New input files"',
        _STATUS,
    ),
    Mutant(
        "a-number-of-a-process-is-a-sign-of-life",
        "pystamps/pipeline/job_notes.py",
        "return _birth_of(note.process) == note.born",
        "return True",
        _NOTES,
    ),
    Mutant(
        "a-deviation-allows-any-number-of-elements",
        "pystamps/audit/outcome.py",
        "            and item.differing <= deviation.share\n",
        "",
        _OUTCOME,
    ),
    Mutant(
        "a-deviation-is-about-every-row",
        "pystamps/audit/outcome.py",
        "if is_within and deviation.is_about(row, item.file, item.variable):",
        "if is_within and deviation.is_about_file(item.file, item.variable):",
        _OUTCOME,
    ),
    Mutant(
        "a-failed-row-does-not-count",
        "pystamps/audit/outcome.py",
        'item.status == "failed" and item.has_to_pass',
        'item.status == "failed" and not item.has_to_pass',
        _OUTCOME,
    ),
    Mutant(
        "an-audit-takes-copies-of-a-reference-for-results",
        "pystamps/audit/execution.py",
        "    if replayed:\n",
        "    if replayed and not replayed:\n",
        _AUDIT,
    ),
    Mutant(
        "an-audit-looks-at-the-first-file-of-a-stage-only",
        "pystamps/audit/comparison.py",
        "        for item in golden:\n            if item.name in written:",
        "        for item in golden[:1]:\n            if item.name in written:",
        _AUDIT,
    ),
    Mutant(
        "golden-options-without-rows-are-not-missed",
        "pystamps/audit/jobs.py",
        "    return [name for name in names if name not in known]",
        "    return [name for name in names if name not in known and not names]",
        _PLANNED,
    ),
    Mutant(
        "part-of-a-bundle-is-no-bundle-and-the-stage-runs",
        "pystamps/replay/golden_tree.py",
        "        elif present and not _is_of_an_earlier_stage(root, bundle, present, found):",
        "        elif present and len(present) > 99:",
        (f"{_REPLAY}::test_what_a_tree_of_pystamps_lacks_is_never_taken_for_an_early_end",),
    ),
    Mutant(
        "phases-of-candidates-are-not-compared",
        "pystamps/replay/identity.py",
        "wrong = _n_different(found, expected, order)",
        "wrong = 0",
        (f"{_REPLAY}::test_a_reference_that_changes_after_the_check_is_checked_again",),
    ),
    Mutant(
        "a-changed-reference-stays-checked",
        "pystamps/replay/checked.py",
        "return os.environ.get(CHECKED_VARIABLE) == state",
        "return CHECKED_VARIABLE in os.environ",
        (f"{_REPLAY}::test_a_reference_that_changes_after_the_check_is_checked_again",),
    ),
    Mutant(
        "copies-are-certified",
        "pystamps/verify/report.py",
        "return self.is_equal and not self.replayed",
        "return self.is_equal",
        (f"{_REPLAY}::test_a_replayed_tree_is_not_certified",),
    ),
    Mutant(
        "names-of-a-data-set-are-html",
        "pystamps/verify_page/page.py",
        "autoescape=True,",
        "autoescape=False,",
        (f"{_PAGE}::test_names_of_a_data_set_are_never_html",),
    ),
    Mutant(
        "the-worst-pixels-of-many-are-thinned-too",
        "pystamps/verify_page/pictures.py",
        "many, worst = order[:-_ALWAYS_DRAWN], order[-_ALWAYS_DRAWN:]",
        "many, worst = order, order[:0]",
        (f"{_PAGE}::test_of_many_pixels_the_worst_are_always_drawn",),
    ),
)
"""Some could be forgotten without a failing test before there was one table of stages."""


def apply_mutant(mutant: Mutant, checkout: Path) -> None:
    """Change the file of a mutant; its text has to stand there exactly once."""
    path = checkout / mutant.file
    text = path.read_text(encoding="utf-8")
    found = text.count(mutant.old)
    if found != 1:
        raise ValueError(
            f"{mutant.file}: the text of mutant {mutant.name} stands there {found} times, "
            "expected once; bring the mutant up to date"
        )
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def copy_checkout(target: Path) -> None:
    """Copy the files that git tracks, as they are in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        there = target / name
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / name, there)


def run_tests(checkout: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run tests with the packages of a checkout."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(checkout), str(checkout / "kernels"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.setdefault("PYSTAMPS_SHARED", str(CHECKOUT.parent / "shared"))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=checkout, env=environment, check=False, capture_output=True, text=True
    )


def try_mutant(mutant: Mutant) -> str:
    """Give what happened to a mutant: killed, or why not."""
    with tempfile.TemporaryDirectory() as scratch:
        checkout = Path(scratch, "checkout")
        copy_checkout(checkout)
        apply_mutant(mutant, checkout)
        outcome = run_tests(checkout, mutant.tests)
    if outcome.returncode == _FAILED_TESTS:
        failed = [line for line in outcome.stdout.splitlines() if line.startswith("FAILED")]
        return f"killed by {failed[0].split()[1]}" if failed else "killed"
    return "LIVES" if outcome.returncode == 0 else f"tests did not run:\n{outcome.stdout[-2000:]}"


def main() -> int:
    """Try all mutants, or those named."""
    wanted = set(sys.argv[1:])
    unknown = wanted - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(f"no such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    survivors = 0
    for mutant in MUTANTS:
        if wanted and mutant.name not in wanted:
            continue
        outcome = try_mutant(mutant)
        survivors += not outcome.startswith("killed")
        print(f"{mutant.name}: {outcome}", flush=True)
    print(f"{survivors} mutants live")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

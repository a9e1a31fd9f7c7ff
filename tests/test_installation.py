"""What is installed: wrong versions, and another package of our name, are named as such."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement
from trees import CHECKOUT

import pystamps_start
from package_bounds import LOWEST, lowest_version, requirements
from platform_table import PLATFORMS, PYTHONS, has_wheel
from pystamps import DISTRIBUTION, __version__, installation
from pystamps.cli import main
from pystamps.doctor.checks_installation import check_installation
from pystamps.errors import PystampsError
from pystamps.installation import foreign_distributions, refuse_version_faults, version_faults
from pystamps.pipeline.child_environment import protect_jobs

OLD_H5PY = 'h5py 3.10.0 is too old: pySTAMPS needs h5py>=3.11; pip install -U "h5py>=3.11"'


@pytest.fixture
def old_h5py(monkeypatch: pytest.MonkeyPatch) -> None:
    real = installation.version_of
    monkeypatch.setattr(
        installation, "version_of", lambda name: "3.10.0" if name == "h5py" else real(name)
    )
    refuse_version_faults.cache_clear()


def installed(folder: Path, name: str, *files: str) -> None:
    """Write what pip leaves of a distribution."""
    stem = f"{name.replace('-', '_')}-0.1.0"
    info = folder / f"{stem}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_the_packages_of_the_tests_have_versions_that_will_do() -> None:
    assert version_faults(has_extras=True) == []
    assert {"h5py", "snakemake", "numba"} <= {needed.name for needed in requirements()}
    refuse_version_faults()


@pytest.mark.parametrize(
    "installed",
    [
        *("9.17", "9.17.0", "9.9.9", "9.100", "10", "10.0.0"),
        *("9.18rc1", "10.0a1", "1!9.18", "9.18+local", ""),
    ],
)
@pytest.mark.parametrize("bounds", [">=9.17,<10", "<10,>=9.17", ">=9.17.0", "<9.100", "~=9.17", ""])
def test_plain_numbers_are_compared_as_packaging_compares_them(
    installed: str, bounds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "version_of", lambda _: installed)
    is_met = bool(installed) and Requirement(f"any{bounds}").specifier.contains(
        installed, prereleases=True
    )
    is_plain = installed.replace(".", "").isdecimal() and "~" not in bounds
    assert installation._is_plainly_met(f"any{bounds}; marker") is (is_met and is_plain)


def test_versions_stand_in_the_names_of_folders_and_doubtful_ones_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    (first / "Some_package.x-1.2.dist-info").mkdir()
    (second / "some_package.x-3.dist-info").mkdir()
    for name in ("twice-1.dist-info", "twice-2.dist-info", "older-1.egg-info"):
        (second / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(first), str(tmp_path / "missing"), str(second)])
    asked: list[str] = []
    monkeypatch.setattr("importlib.metadata.version", lambda name: asked.append(name) or "0")
    assert installation.version_of("some-package_x") == "1.2" and not asked
    assert [installation.version_of(name) for name in ("twice", "older", "none")] == ["0"] * 3
    assert asked == ["twice", "older", "none"]


@pytest.mark.usefixtures("old_h5py")
def test_a_package_that_is_too_old_is_named_with_what_to_do() -> None:
    assert [str(fault) for fault in version_faults()] == [OLD_H5PY]
    with pytest.raises(PystampsError, match="too old") as caught:
        refuse_version_faults()
    assert str(caught.value) == OLD_H5PY
    assert [(f.code, f.file, f.action) for f in check_installation()] == [
        ("package-version", "h5py", 'pip install -U "h5py>=3.11"')
    ]


@pytest.mark.parametrize(
    ("version", "words"), [("10.0.0", "is too new"), ("", "snakemake is not installed")]
)
def test_a_package_that_is_too_new_or_missing_is_named(
    version: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "version_of", lambda _: version)
    (fault,) = [f for f in version_faults() if f.package == "snakemake"]
    assert words in str(fault) and 'pip install -U "snakemake<10,>=9.17"' in str(fault)


@pytest.mark.usefixtures("old_h5py")
@pytest.mark.parametrize("error", [ImportError("numpy.dtype size changed"), PystampsError("x: y")])
def test_a_command_that_fails_with_an_old_package_says_that_it_is_old(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pystamps.cli.coverage.coverage.callback", work)
    done = CliRunner().invoke(main, ["coverage"])
    assert done.exit_code == 2
    assert OLD_H5PY in done.output and str(error) in done.output
    assert "fault of pySTAMPS" not in done.output and done.output.count("\n") == 1


def test_without_a_checkout_the_bounds_are_those_of_the_installed_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "pystamps_flow-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {DISTRIBUTION}\nVersion: 0.1.0\nProvides-Extra: geo\n"
        "Requires-Dist: numpy>=999\nRequires-Dist: h5py>=999; extra == 'geo'\n"
        "Requires-Dist: colorama; sys_platform == 'none'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(installation, "_PACKAGE", tmp_path / "pystamps")
    assert [f.package for f in version_faults()] == ["numpy"]
    assert [f.package for f in version_faults(has_extras=True)] == ["numpy", "h5py"]


def test_another_distribution_in_our_package_is_found_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, DISTRIBUTION, "pystamps/cli/__init__.py")
    installed(tmp_path, "pystamps-tools", "pystamps_tools/__init__.py")
    assert foreign_distributions(tmp_path) == []
    installed(tmp_path, "pystamps", "pystamps/__init__.py", "pystamps/view.py")
    assert foreign_distributions(tmp_path) == ["pystamps 0.1.0"]
    monkeypatch.setattr(installation, "_PACKAGE", tmp_path / "pystamps")
    codes = {finding.code: finding.message for finding in check_installation()}
    assert "pip uninstall pystamps, then pip install" in codes["foreign-pystamps"]
    said = CliRunner().invoke(main, ["coverage"])
    assert said.exit_code == 0 and "warning: pystamps 0.1.0 has files in the same" in said.stderr


@pytest.mark.parametrize("content", ["", "import package_that_is_not_there\n"])
def test_the_command_names_a_package_of_the_same_name_that_is_found_first(
    content: str, tmp_path: Path
) -> None:
    (tmp_path / "pystamps").mkdir()
    (tmp_path / "pystamps" / "__init__.py").write_text(content)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{CHECKOUT}"}
    done = subprocess.run(
        [sys.executable, "-c", "import pystamps_start; pystamps_start.main()", "--help"],
        capture_output=True, text=True, env=environment, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("error: the Python package pystamps that is found")
    assert str(tmp_path) in done.stderr and "pip uninstall pystamps" in done.stderr


def test_the_package_of_this_checkout_is_ours() -> None:
    assert pystamps_start.DISTRIBUTION == DISTRIBUTION
    assert pystamps_start.foreign_package() is None


def test_the_lowest_versions_are_the_bounds_of_the_project() -> None:
    """``scripts/generate_tables.py --check`` compares the text; here every line is one bound."""
    lines = [line for line in LOWEST.read_text().splitlines() if not line.startswith("#")]
    assert lines == [f"{needed.name}=={lowest_version(needed)}" for needed in requirements()]
    assert all(Requirement(line).specifier for line in lines)


def test_jobs_of_a_checkout_find_it_in_another_python_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/other", str(CHECKOUT)]))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    protect_jobs()
    places = os.environ["PYTHONPATH"].split(os.pathsep)
    assert places == [str(CHECKOUT), str(CHECKOUT / "kernels"), "/other"]


@pytest.mark.parametrize(
    ("wheel", "expected"),
    [
        ("x-1-cp313-cp313-manylinux_2_28_x86_64.whl", {("Linux x86-64", 13)}),
        ("x-1-cp314-cp314-macosx_11_0_universal2.whl", {("macOS arm64", 14), ("macOS x86-64", 14)}),
        ("x-1-cp313-abi3-win_amd64.whl", {("Windows x86-64", 13), ("Windows x86-64", 14)}),
        ("x-1-cp314-cp314t-win_amd64.whl", set()),
        ("x-1-py3-none-manylinux2014_aarch64.whl", {("Linux aarch64", k) for k in PYTHONS}),
        ("x-1.tar.gz", set()),
    ],
)
def test_the_name_of_a_wheel_says_where_it_can_be_installed(
    wheel: str, expected: set[tuple[str, int]]
) -> None:
    found = {(p, minor) for p in PLATFORMS for minor in PYTHONS if has_wheel([wheel], minor, p)}
    assert found == expected


def test_the_citation_and_the_addresses_are_those_of_the_project() -> None:
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (__version__, project["license"])
    assert not [address for address in project["urls"].values() if "OWNER" in address]

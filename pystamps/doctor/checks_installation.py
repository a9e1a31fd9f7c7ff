"""The installation: versions of packages, and another package with our import name."""

from __future__ import annotations

from collections.abc import Iterator

from pystamps.findings import Code, Finding
from pystamps.installation import foreign_distributions, foreign_in_words, version_faults

PACKAGE_VERSION = Code(
    "package-version",
    "error",
    "a package that pySTAMPS needs is missing, too old or too new",
    "With such versions runs are known to fail, often far from the cause. `pystamps run` refuses "
    "to start; envs/lowest.txt has the lowest versions.",
    "pip install -U PACKAGE, in the environment of pystamps",
)
FOREIGN_PACKAGE = Code(
    "foreign-pystamps",
    "error",
    "another package with the import name pystamps is installed over pySTAMPS",
    "The index has other packages whose files go into the folder `pystamps`; pip lets the later "
    "one overwrite the earlier, and removes shared files with either.",
    "uninstall the other one and install pystamps-flow again, or use an environment of its own",
)


def check_installation() -> Iterator[Finding]:
    """Packages have versions that pySTAMPS can work with, and no other package bears its name."""
    for fault in version_faults():
        yield PACKAGE_VERSION.at(
            fault.package, fault.found, expected=fault.expected, action=fault.remedy
        )
    for foreign in foreign_distributions():
        yield FOREIGN_PACKAGE.at(foreign, foreign_in_words(foreign))

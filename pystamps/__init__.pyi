"""Types of what the package itself gives: ``open`` imports its module only where it is used."""

from pathlib import Path

from pystamps.notebook import DataSet

__version__: str
DISTRIBUTION: str

def open(path: Path | str) -> DataSet: ...

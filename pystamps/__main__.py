"""``python -m pystamps``: the same as the command ``pystamps``."""

from functools import partial

from pystamps.cli import main
from pystamps.ending import run_and_end

if __name__ == "__main__":
    run_and_end(partial(main, prog_name="pystamps"))

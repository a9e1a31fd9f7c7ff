"""``python -m pystamps``: the same as the command ``pystamps``."""

import gc
from functools import partial

from pystamps.ending import run_and_end

if __name__ == "__main__":
    gc.disable()  # until the command is loaded (pystamps.cli.garbage)
    from pystamps.cli import main

    run_and_end(partial(main, prog_name="pystamps"))

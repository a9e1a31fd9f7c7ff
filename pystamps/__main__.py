"""``python -m pystamps``: the same as the command ``pystamps``."""

from pystamps.cli import main

if __name__ == "__main__":
    main(prog_name="pystamps")

"""Run the audit: ``pystamps audit`` under another name, with its options.

Usage::

    python scripts/validate_audit.py --datasets tiny --output report.json
"""

from __future__ import annotations

import sys

from pystamps.cli import main

if __name__ == "__main__":
    main(["audit", *sys.argv[1:]])

"""``pystamps doctor``: examines raw exports and data sets before anything runs."""

from pystamps.doctor.examine import Examination, examine
from pystamps.findings import Code, Finding, Severity

__all__ = ["Code", "Examination", "Finding", "Severity", "examine"]

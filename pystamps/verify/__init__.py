"""Comparison of two data set trees, every variable with a tolerance in its own unit."""

from pystamps.verify.records import VariableComparison, VariableDifference
from pystamps.verify.report import VerifyReport
from pystamps.verify.selection import stage_of
from pystamps.verify.trees import verify_trees
from pystamps.verify.variables import compare_variable

__all__ = [
    "VariableComparison",
    "VariableDifference",
    "VerifyReport",
    "compare_variable",
    "stage_of",
    "verify_trees",
]

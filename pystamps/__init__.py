"""Persistent-scatterer InSAR time series: the StaMPS method in Python."""

__version__ = "0.1.0"

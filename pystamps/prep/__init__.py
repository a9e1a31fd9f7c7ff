"""Preparation (stage 0): amplitude calibration, candidate selection, patches."""

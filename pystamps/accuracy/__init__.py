"""Estimates of the accuracy modes: pure functions, each beside what StaMPS does for the same."""

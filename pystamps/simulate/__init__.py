"""Simulated stacks with known truth."""

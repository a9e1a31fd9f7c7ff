"""Readers of tropospheric delays that other programs have made."""

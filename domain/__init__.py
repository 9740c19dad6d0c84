"""The rules of certification pathways: pure, total, deterministic.

No I/O, no clock, no randomness, no engine, no database driver. Time and identifiers come in as
arguments; the only third-party package is pydantic.
"""

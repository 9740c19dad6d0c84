"""Temporal workflows: when the next thing happens. What happens is decided in ``domain``."""

"""Seating candidates: a session as a constraint problem, its plans, and why somebody could not be seated."""

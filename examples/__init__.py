"""Invented candidates for the demonstration, the tests and the benches; the only code that names certifications."""

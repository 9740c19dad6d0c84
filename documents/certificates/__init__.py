"""The documents of an award and of a decision: their typst templates, and what these are given.

``README.md`` says how an administrator replaces a template.
"""

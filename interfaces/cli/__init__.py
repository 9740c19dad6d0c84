"""The command ``jalon``."""

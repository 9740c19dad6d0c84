"""The doors: the command line today; pages and HTTP later."""

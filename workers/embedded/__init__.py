"""PostgreSQL and Temporal as child processes, for whoever has none running."""

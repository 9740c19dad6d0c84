"""What verification reads: one snapshot of the database, in pages, and the shape of its tables."""

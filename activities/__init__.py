"""The I/O that workflows ask for."""

"""One file per event type and version, exactly as it was stored once: what today's code must always be able to read."""

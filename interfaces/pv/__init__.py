"""Records of the juries (PV): what they say is made from the log alone, and can be checked against it."""

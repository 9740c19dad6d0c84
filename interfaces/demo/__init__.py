"""The demonstration: a certification year played on real servers, by players who do what people would do."""

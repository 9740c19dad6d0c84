"""The fonts that the documents of awards are set in, with their licences."""

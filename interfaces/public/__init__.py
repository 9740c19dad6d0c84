"""The public verification pages: what anyone may ask about an award, without an account and without being followed."""

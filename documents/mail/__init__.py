"""Mails: one template per notice and language, as text, as HTML and, where somebody is expected, an invitation."""

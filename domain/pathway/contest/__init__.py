"""What comes after a decision: the candidate contests it, it is deliberated anew by others, an award is withdrawn.

Nothing here changes what was decided first: every answer is a fact of its own beside it.
"""

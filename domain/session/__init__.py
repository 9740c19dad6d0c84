"""One session of professional juries: a window in which candidates are seated, convened and assessed.

Read in the order commands, events, state, decide, agenda, view.
"""

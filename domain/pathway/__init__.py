"""One candidate's pathway, from candidacy to award or exit.

Read in the order commands, events, state, decide, agenda, view.
"""

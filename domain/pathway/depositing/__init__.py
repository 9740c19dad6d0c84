"""What becomes of a pathway's awards at the Caisse des Dépôts, and the identity that it takes to be found there.

Read in the order commands, events, state, decide.
"""

"""One sitting of the paritaire jury: dossiers, decisions, proclamation.

Read in the order commands, events, state, decide, agenda, view.
"""

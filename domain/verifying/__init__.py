"""What verification judges, without I/O: the order and its tree, what events refer to, histories and awards.

Read in the order fault, order, references, histories.
"""

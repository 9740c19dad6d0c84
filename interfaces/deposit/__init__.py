"""The deposit with the Caisse des Dépôts, as the office sees it: who can be told, files, answers, reports."""

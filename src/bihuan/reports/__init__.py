"""Figures, composed from the counts of the rooms below for one actor's scope. Nothing here has tables of its own."""

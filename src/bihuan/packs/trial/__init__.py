"""Putting a pack to trial: stories rehearsed with the rules alone, worked values, mutants that must be caught."""

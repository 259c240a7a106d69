"""Photographs and documents of a matter: told by their content, drawn anew or checked, kept sealed outside the database."""

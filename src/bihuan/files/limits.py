"""How much of anything is taken."""

from __future__ import annotations

MB = 1024 * 1024
FILE_BYTES = 20 * MB
MOST_PER_ACT = 9
ACT_BYTES = 60 * MB
"""All files of one act together."""
MOST_PER_CASE = 200
MOST_OF_RESIDENT = 30
PIXELS = 50_000_000
LONGEST_SIDE = 4096
"""A picture is kept at this many points at most: an A4 sheet at 350 points an inch."""
THUMB_SIDE = 320
NAME_LONGEST = 100
"""Characters of a file's name."""
FREE_BYTES = 256 * MB
"""So much of the disk stays free: the database needs it more."""

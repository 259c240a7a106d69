"""督: letters to offices whose matters are overdue, circulars, and what becomes of them. Offices only, never people."""

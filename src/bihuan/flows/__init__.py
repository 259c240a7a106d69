"""Event -> what follows: NOW and LATER, and the worker's loop."""

"""The area tree."""

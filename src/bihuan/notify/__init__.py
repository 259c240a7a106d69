"""Notices to members of staff: shown in the page, never twice, without personal data."""

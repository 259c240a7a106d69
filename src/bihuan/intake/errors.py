"""Intake refuses in the same words as the door."""

from __future__ import annotations

from bihuan.cases.errors import CaseError, NotFound, Refused, RequestReused

__all__ = ["CaseError", "NotFound", "Refused", "RequestReused"]

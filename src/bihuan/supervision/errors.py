"""What the room cannot do, in words for the person who asked."""

from bihuan.cases.errors import CaseError, Conflict, NotFound, Refused

__all__ = ["CaseError", "Conflict", "NotFound", "Refused"]

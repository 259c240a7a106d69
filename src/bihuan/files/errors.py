"""Why a file is not taken, in a sentence for the person who sent it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.files.limits import FILE_BYTES, MOST_OF_RESIDENT, MOST_PER_ACT, MOST_PER_CASE, PIXELS

ACCEPTED = gettext_noop("Accepted: photographs (JPG, PNG, WebP, HEIC), PDF, Word (.docx), Excel (.xlsx).")
SENTENCES = {
    "kind": gettext_noop("This kind of file is not taken."),
    "old_office": gettext_noop("This is the old Word or Excel format; save it as .docx, .xlsx or PDF."),
    "macros": gettext_noop("The document holds macros or fetches a template from elsewhere; save it without them, or as PDF."),
    "empty": gettext_noop("The file is empty."),
    "large": gettext_noop("The file is larger than %(size)s MB."),
    "many": gettext_noop("At most %(most)s files at once."),
    "case_full": gettext_noop("A matter holds at most %(case)s files, of the resident at most %(resident)s."),
    "pixels": gettext_noop("The picture has more than %(pixels)s million points; send a smaller one."),
    "moving": gettext_noop("This is a moving picture; send a photograph that stands still."),
    "damaged": gettext_noop("The file is damaged or was not sent to its end; choose it again."),
    "cost": gettext_noop("Reading the file took too much time or memory; it was stopped."),
    "bomb": gettext_noop("Unpacked, the document would be far too large."),
    "locked": gettext_noop("The document is protected by a password; save it without one."),
    "gone": gettext_noop("This file is not there any more; choose it again."),
}
KIND_REFUSED = frozenset({"kind", "old_office", "moving"})


class FileRefused(Exception):
    """A file that is not taken. ``code``: a key of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def say(self) -> str:
        """The sentence in the reader's language; where the kind is wrong, with what is accepted."""
        numbers = {
            "size": FILE_BYTES // 1024 // 1024, "most": MOST_PER_ACT, "pixels": PIXELS // 1_000_000, "case": MOST_PER_CASE,
            "resident": MOST_OF_RESIDENT,
        }  # fmt: skip
        said = _(SENTENCES[self.code]) % numbers
        return f"{said} {_(ACCEPTED)}" if self.code in KIND_REFUSED else said


class NotKept(Exception):
    """The folder of files cannot take anything just now (full, or not there). Nothing was changed."""


class NotReadable(Exception):
    """The bytes of an attachment are gone, damaged, or not those that its row names."""

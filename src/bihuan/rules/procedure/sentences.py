"""What the rules themselves say when they refuse, in English for the catalogues; guards of a pack say their own words.

Placeholders are those of ``msgid % params``; every parameter is text.
"""

from __future__ import annotations

from typing import Final

from bihuan.rules.procedure.view import Refusal
from bihuan.rules.terms import N_

# who and where
UNKNOWN_ACTION: Final = N_("There is no such act here.")
NO_THREAD: Final = N_("This line of work is not open.")
WRONG_STATE: Final = N_("This cannot be done at this stage.")
CLOSED: Final = N_("This is closed and cannot be opened again.")
TOO_LATE_TO_REOPEN: Final = N_("The time to open this again has passed.")
REOPENED_TOO_OFTEN: Final = N_("This has been opened again as often as the rules allow.")
TOP_OF_LADDER: Final = N_("There is no higher step.")
NOT_YOURS: Final = N_("It is not your turn: this lies with another post.")
NOT_ALLOWED: Final = N_("Your post may not do this.")
PENDING: Final = N_("This has been asked already and waits for approval.")
MOVED_ON: Final = N_("The matter has moved on since this was asked.")
ALREADY_OPEN: Final = N_("An office you named has been called already and has not finished.")
NO_HOLDER: Final = N_("No unit answers for the next step; choose another way or ask the administrator.")
NO_CENTRE: Final = N_("No unit here may receive this: it is about the highest one. Turn to the level above.")
NONE_THERE: Final = N_("%(title)s: there is no such unit in this area.")
NOT_OF_CENTRE: Final = N_("“%(title)s”: this unit does not answer to the centre that holds the matter; report up or send down.")
THE_SAME_UNIT: Final = N_("“%(title)s”: this unit holds the matter already; choose another.")
AVOIDED: Final = N_("The matter is about this unit or one above it, so it must go elsewhere.")
NO_REMINDER_DUE: Final = N_("No reminder is due that was not given already.")
NO_LIMIT_PASSED: Final = N_("No limit has passed that was not noted already.")

NOT_ALONE: Final = N_("This is done together with another matter: name it.")

# guards without words of their own
NOT_ENOUGH_DONE: Final = N_("Something has to be done first that has not been done often enough.")
DONE_TOO_OFTEN: Final = N_("This has been done as often as the rules allow.")
SAME_PERSON: Final = N_("Nobody approves their own work: somebody else has to do this.")
CLOCK_FORBIDS: Final = N_("The time limit does not allow this now.")
OUT_OF_TIME: Final = N_("The time for this has passed.")
THREADS_FORBID: Final = N_("Other offices have not finished their part yet.")
SAME_UNIT: Final = N_("One office cannot be named twice here.")
FACT_FORBIDS: Final = N_("What is on record does not allow this.")

# facts
UNKNOWN_FACT: Final = N_("This act does not ask for “%(title)s”.")
MISSING: Final = N_("“%(title)s” is missing.")
BAD_TEXT: Final = N_("“%(title)s” holds characters that cannot be stored.")
TOO_SHORT: Final = N_("“%(title)s” needs at least %(limit)s characters.")
TOO_LONG: Final = N_("“%(title)s” may have at most %(limit)s characters.")
NOT_A_CHOICE: Final = N_("“%(title)s”: this is not one of the choices.")
TOO_FEW: Final = N_("“%(title)s”: choose at least %(limit)s.")
TOO_MANY: Final = N_("“%(title)s”: choose at most %(limit)s.")
NOT_A_NUMBER: Final = N_("“%(title)s” must be a whole number.")
NOT_MONEY: Final = N_("“%(title)s” must be a sum with at most two decimals.")
TOO_SMALL: Final = N_("“%(title)s” must be at least %(limit)s.")
TOO_LARGE: Final = N_("“%(title)s” must be at most %(limit)s.")
NOT_YES_NO: Final = N_("“%(title)s” must be yes or no.")
NOT_A_DATE: Final = N_("“%(title)s” must be a date such as 2026-10-08.")
NOT_AN_INSTANT: Final = N_("“%(title)s” must be a date and time such as 2026-10-08 09:30.")
NOT_FUTURE: Final = N_("“%(title)s” must lie in the future.")
NOT_PAST: Final = N_("“%(title)s” has not come yet: it cannot be later than now.")
TOO_FAR: Final = N_("“%(title)s” may be %(limit)s at the latest.")
NO_SUCH_UNIT: Final = N_("“%(title)s”: there is no such unit.")
WRONG_UNIT: Final = N_("“%(title)s”: a unit of this kind cannot be chosen here.")
NOT_A_REFERENCE: Final = N_("“%(title)s” cannot be read.")


def refuse(code: str, msgid: str, *, field: str = "", **params: str) -> Refusal:
    """A refusal in the rules' own words."""
    return Refusal(code=code, say=msgid % params if params else msgid, field=field, msgid=msgid, params=params)

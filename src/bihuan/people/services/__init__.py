"""Writing people: accounts, units, posts and contacts."""

from __future__ import annotations

from bihuan.people.services.accounts import (
    AccountRow,
    correct_account,
    create_account,
    create_accounts,
    set_active,
    set_password,
)
from bihuan.people.services.contacts import (
    ContactDetails,
    contacts_later,
    correct_contact,
    create_contact,
    create_contacts,
    erase_contact,
    open_contact,
)
from bihuan.people.services.founding import posts_apart, takes_in, unit_key, units_of_pack
from bihuan.people.services.handover import HandedOver, Handover, end_account, hand_over
from bihuan.people.services.leave import end_leave, enter_leave, name_second
from bihuan.people.services.organisation import (
    PostRow,
    UnitRow,
    create_units,
    end_post,
    end_unit,
    give_post,
    give_posts,
    lock_organisation,
    touch_organisation,
)
from bihuan.people.services.roster import ShiftRow, add_shifts, remove_shift

__all__ = [
    "AccountRow",
    "ContactDetails",
    "HandedOver",
    "Handover",
    "PostRow",
    "ShiftRow",
    "UnitRow",
    "add_shifts",
    "contacts_later",
    "correct_account",
    "correct_contact",
    "create_account",
    "create_accounts",
    "create_contact",
    "create_contacts",
    "create_units",
    "end_account",
    "end_leave",
    "end_post",
    "end_unit",
    "enter_leave",
    "erase_contact",
    "give_post",
    "give_posts",
    "hand_over",
    "lock_organisation",
    "name_second",
    "open_contact",
    "posts_apart",
    "remove_shift",
    "set_active",
    "set_password",
    "takes_in",
    "touch_organisation",
    "unit_key",
    "units_of_pack",
]

"""Writing people: accounts, units, posts and contacts."""

from __future__ import annotations

from bihuan.people.services.accounts import AccountRow, create_account, create_accounts, set_active, set_password
from bihuan.people.services.contacts import (
    ContactDetails,
    correct_contact,
    create_contact,
    create_contacts,
    erase_contact,
    open_contact,
)
from bihuan.people.services.founding import posts_apart, takes_in, unit_key, units_of_pack
from bihuan.people.services.organisation import (
    PostRow,
    UnitRow,
    create_units,
    end_post,
    end_unit,
    give_post,
    give_posts,
    touch_organisation,
)

__all__ = [
    "AccountRow",
    "ContactDetails",
    "PostRow",
    "UnitRow",
    "correct_contact",
    "create_account",
    "create_accounts",
    "create_contact",
    "create_contacts",
    "create_units",
    "end_post",
    "end_unit",
    "erase_contact",
    "give_post",
    "give_posts",
    "open_contact",
    "posts_apart",
    "set_active",
    "set_password",
    "takes_in",
    "touch_organisation",
    "unit_key",
    "units_of_pack",
]

"""The bell: what notices wait, asked inside the statement that looks at the session, so that no screen pays for it.

Counted by whom their matter is about: the actor's own scope then leaves out what must not be known (avoidance), as
``notify.selectors.mine`` does not list it; a test holds both equal.
"""

from __future__ import annotations

_UNREAD = (
    "SELECT {array}({row}(w.about_unit, w.about_account, w.n)) FROM (SELECT coalesce(c.about_unit_id, 0) AS about_unit, "
    "coalesce(c.about_account_id, 0) AS about_account, count(*) AS n FROM notify_notice n "
    "LEFT JOIN cases_case c ON c.id = n.case_id WHERE n.account_id = p.account_id AND n.post_id IN (0, p.id) "
    "AND n.read_at IS NULL AND n.at <= %s GROUP BY 1, 2) w"
)
WAITING = {
    "sqlite": _UNREAD.format(array="json_group_array", row="json_array"),
    "postgresql": _UNREAD.format(array="json_agg", row="json_build_array"),
}
"""For ``access.sessions.also_ask``: (unit, account, how many) of unread notices, by database."""

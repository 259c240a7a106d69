"""The check: one new case walked over HTTP by its people, from the telephone call to the rating, each looking first.

What each must see and must not see is checked at every step; the walk goes on after a failed check as far as it can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from bihuan.play.browser import Browser, NotThereError, Page, totp, wait_for_next_code
from bihuan.play.cast import PASSWORD, Player

TITLE = "河堤路三盏路灯不亮"
WORDS = "河堤路靠近菜市场的三盏路灯从上个星期起就不亮，晚上老人散步看不清台阶，请来修一修。"
CALLER = "试验来电人"
PHONE = "19900000000"  # no such number is given out; it must never be readable on any page
NOTE = "已派维修人员到现场查看，线路受潮，今天下午更换。"
ANSWER = "三盏路灯的线路和灯头已更换，当晚试亮正常，并列入每周巡查。"
CATEGORY = "路灯"
THANKS = "当晚就亮了，谢谢。"
CASE_LINK = re.compile(r"/desk/case/(\d+)")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
REFUSED = (403, 404)


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing checked: at which step, who looked, what should be so, and whether it was."""

    step: str
    who: str
    what: str
    held: bool
    why: str = ""


@dataclass(slots=True)
class Walk:
    """The walk so far: browsers by person, the case, what was checked."""

    base: str
    cast: Mapping[str, Player]
    seen: list[Seen] = field(default_factory=list)
    browsers: dict[str, Browser] = field(default_factory=dict)
    case: str = ""
    code: str = ""
    number: str = ""

    def browser(self, who: str) -> Browser:
        """That person's own browser."""
        return self.browsers.setdefault(who, Browser(self.base))

    def check(self, step: str, who: str, what: str, held: bool, why: str = "") -> bool:
        """Note one thing checked."""
        self.seen.append(Seen(step, who, what, bool(held), "" if held else why))
        return bool(held)

    def look(self, who: str) -> Page:
        """The case's page as that person gets it."""
        return self.browser(who).get(f"/desk/case/{self.case}")

    def track(self) -> Page:
        """The tracking page as the resident gets it."""
        return self.browser("resident").get(f"/t/{self.code}")

    def act(self, who: str, action: str, **facts: str) -> Page:
        """Open the case's page, fill the act's form as it stands there, send it."""
        page = self.look(who)
        form = page.form(f"/act/main/{action}")
        values = {f"f-{name}": value for name, value in facts.items()}
        return self.browser(who).submit(page, form, **values)

    @property
    def held(self) -> bool:
        """True when something was checked and all of it was so."""
        return bool(self.seen) and all(one.held for one in self.seen)


def sign_in(walk: Walk, who: str) -> None:
    """Password, then the second factor where the post asks for it; lands on the desk."""
    player, browser = walk.cast[who], walk.browser(who)
    page = browser.get("/sign-in")
    page = browser.submit(page, page.form("/sign-in"), identifier=player.username, password=PASSWORD)
    if player.secret:
        asked = walk.check(_("sign in"), who, _("is asked for the second factor"), page.offers("/factor"), page.url)
        if asked:
            page = second_factor(browser, page, player.secret)
    landed = page.status == 200 and player.name in page.text and "/sign-in" not in page.url
    walk.check(_("sign in"), who, _("signs in and sees the own name"), landed, str(page))


def second_factor(browser: Browser, page: Page, secret: str) -> Page:
    """Give the code of the moment; a code is taken once only, so that one used just before is followed by the next."""
    for later in (0, 1):
        page = browser.submit(page, page.form("/factor"), code=totp(secret, later=later))
        if not page.offers("/factor"):
            return page
    wait_for_next_code()
    return browser.submit(page, page.form("/factor"), code=totp(secret, later=1))


def strangers(walk: Walk, step: str) -> None:
    """Whoever has no business with the case is told that there is no such case."""
    for who in ("stranger", "security_admin"):
        page = walk.look(who)
        hidden = page.status in REFUSED and TITLE not in page.text
        walk.check(step, who, _("does not see the matter"), hidden, str(page))


def waits(walk: Walk, step: str, who: str) -> None:
    """The matter lies in that person's work."""
    page = walk.browser(who).get("/desk/")
    walk.check(step, who, _("finds the matter in the own work"), walk.number in page.text or TITLE in page.text, page.url)


def done(walk: Walk, step: str, who: str, page: Page, what: str) -> None:
    """The act was taken."""
    walk.check(step, who, what, page.status == 200 and f"/case/{walk.case}" in page.url, str(page))


def tells(walk: Walk, step: str, *words: str) -> None:
    """The resident reads these words on the tracking page, and no member of staff's name."""
    page = walk.track()
    missing = [word for word in words if word not in page.text]
    walk.check(step, _("resident"), _("reads how far it is"), page.status == 200 and not missing, ", ".join(missing))
    named = [player.name for player in walk.cast.values() if player.name and player.name in page.text]
    walk.check(step, _("resident"), _("reads no employee's name"), not named, ", ".join(named))


def registered(walk: Walk) -> None:
    """The window clerk enters a resident's telephone call."""
    step, who = _("register"), "window_clerk"
    browser = walk.browser(who)
    page = browser.get("/desk/register")
    form = page.form("/desk/register")
    values = {
        "f-title": TITLE,
        "f-what": WORDS,
        "f-kind": form.choose("f-kind", "投诉"),
        "f-channel": form.choose("f-channel", "来电"),
        "name": CALLER,
        "phone": PHONE,
    }
    page = browser.submit(page, form, **values, find="area", area_q="")  # as without a script: the same form with places
    kept = page.form("/desk/register")
    same = all(kept.values.get(name) == value for name, value in values.items())
    walk.check(step, who, _("finds a place, and nothing typed is lost"), same and bool(kept.choices.get("area")), str(page))
    areas = [value for value in kept.choices.get("area", {}) if value]
    page = browser.submit(page, kept, area=areas[0] if areas else "")
    slip = CODE.search(page.text)
    walk.check(step, who, _("gets a slip with number and tracking code"), slip is not None, str(page))
    if slip is None:
        raise NotThereError(f"{page.url}: no tracking code on the slip")
    walk.code = slip.group()
    number = re.search(r"\b\d{6}-\d{4}-\d{6}\b", page.text)
    walk.number = number.group() if number else ""
    listed = browser.get(f"/desk/cases?q={walk.number}")
    link = CASE_LINK.search(page.url) or CASE_LINK.search(listed.raw)
    walk.case = link.group(1) if link else ""
    walk.check(step, who, _("finds it again in the list"), bool(walk.case), listed.url)
    tells(walk, step, TITLE)
    strangers(walk, step)


def dispatched(walk: Walk) -> None:
    """The dispatcher accepts, and assigns the office that the duty list names."""
    step, who = _("dispatch"), "dispatcher"
    waits(walk, step, who)
    page = walk.look(who)
    masked = PHONE not in page.text and CALLER not in page.text
    walk.check(step, who, _("sees the caller's name and number masked"), TITLE in page.text and masked, page.url)
    form = page.form("/act/main/accept")
    category = form.choose("f-category", CATEGORY)
    page = walk.act(who, "accept", category=category, weight="ordinary", urgency="normal")
    done(walk, step, who, page, _("accepts"))
    form = walk.look(who).form("/act/main/assign")
    office = form.choose("f-office", walk.cast["liaison"].unit_name)
    walk.check(step, who, _("is offered the office of the duty list"), bool(office))
    page = walk.act(who, "assign", office=office, basis="职责清单：城市道路照明设施的建设维护")
    done(walk, step, who, page, _("assigns"))
    tells(walk, step, TITLE)
    strangers(walk, step)


def acknowledged(walk: Walk) -> None:
    """The office's liaison acknowledges; nobody else could."""
    step, who = _("acknowledge"), "liaison"
    waits(walk, step, who)
    other = walk.look("officer")
    early = other.status == 200 and not other.offers("/act/main/acknowledge")
    walk.check(step, "officer", _("sees the matter and may not acknowledge it"), early, str(other))
    done(walk, step, who, walk.act(who, "acknowledge"), _("acknowledges"))
    strangers(walk, step)


def handled(walk: Walk) -> None:
    """The officer notes progress and drafts the answer."""
    step, who = _("handle"), "officer"
    waits(walk, step, who)
    done(walk, step, who, walk.act(who, "progress", note=NOTE), _("notes progress"))
    tells(walk, step, NOTE)
    page = walk.act(who, "draft_answer", claim="solved", answer=ANSWER)
    done(walk, step, who, page, _("drafts the answer"))
    walk.check(step, _("resident"), _("does not read the answer before it is signed"), ANSWER not in walk.track().text)
    page = walk.look(who)
    walk.check(step, who, _("may not sign the own draft"), not page.offers("/act/main/sign_off"), page.url)


def signed(walk: Walk) -> None:
    """The leader in charge signs."""
    step, who = _("sign"), "office_leader"
    waits(walk, step, who)
    done(walk, step, who, walk.act(who, "sign_off"), _("signs the answer"))
    page = walk.look("liaison")
    walk.check(step, "liaison", _("may not check the own office's work"), not page.offers("/act/main/pass"), page.url)
    strangers(walk, step)


def passed(walk: Walk) -> None:
    """The centre's checker passes it."""
    step, who = _("check"), "checker"
    waits(walk, step, who)
    done(walk, step, who, walk.act(who, "pass"), _("passes it"))
    tells(walk, step, ANSWER)
    page = walk.look(who)
    walk.check(step, who, _("may not follow up what was checked"), not page.offers("/act/main/follow_up"), page.url)


def called(walk: Walk) -> None:
    """The follow-up caller speaks with the resident."""
    step, who = _("follow up"), "followup_caller"
    waits(walk, step, who)
    page = walk.act(who, "follow_up", outcome="reached", solved="yes", satisfied="satisfied", words=THANKS)
    done(walk, step, who, page, _("records what the resident says"))
    strangers(walk, step)


def rated(walk: Walk) -> None:
    """The resident rates on the tracking page; once."""
    step, who = _("rate"), "resident"
    browser, page = walk.browser(who), walk.track()
    form = page.form("/rate")
    after = browser.submit(page, form, **{"f-solved": "yes", "f-satisfied": "satisfied", "f-words": THANKS})
    walk.check(step, who, _("rates"), after.status == 200 and f"/t/{walk.code}" in after.url, str(after))
    walk.check(step, who, _("cannot rate a second time"), not walk.track().offers("/rate"))
    page = walk.look("dispatcher")
    walk.check(step, "dispatcher", _("reads the resident's words"), THANKS in page.text, page.url)
    gone = Browser(walk.base).get(f"/desk/case/{walk.case}")
    walk.check(step, _("anybody"), _("is sent to the sign-in page"), "/sign-in" in gone.url and TITLE not in gone.text, gone.url)


STEPS: tuple[Callable[[Walk], None], ...] = (
    registered, dispatched, acknowledged, handled, signed, passed, called, rated,
)  # fmt: skip
STAFF = (
    "window_clerk", "dispatcher", "liaison", "officer", "office_leader", "checker", "followup_caller", "stranger",
    "security_admin",
)  # fmt: skip


def walk_through(base: str, cast: Mapping[str, Player]) -> Walk:
    """Walk one case from report to rating over HTTP. ``cast`` names a player for each of STAFF."""
    walk = Walk(base, cast)
    for who in STAFF:
        sign_in(walk, who)
    for step in STEPS:
        try:
            step(walk)
        except (NotThereError, OSError) as fault:
            walk.check(step.__name__, "-", _("the step can be walked"), False, str(fault))
            break
    return walk


def cast_for(players: tuple[Player, ...]) -> dict[str, Player]:
    """The people of the walk out of the demonstration's cast; the stranger is an officer of another office."""
    by_name = {player.username: player for player in players}
    return {who: by_name[who] for who in STAFF if who != "stranger"} | {"stranger": by_name["station_officer"]}

"""A pack's own stories with canaries in every text that an act asks for, and for everybody who is named in one.

python -m tests.drill.canaries_told FILE     FILE holds {"most": n}, 0 = every story; prints what was planted as JSON

Petitions with their papers, disputes with mediation, consent and agreement, meetings, visits, answers: whatever a story does
is written with a name, a phone and an identity number. The stories must go as told all the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import django

from tests.drill.canaries import Canary, flock

SEED, MOST = 1949, 4000
STARTS = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
LONGEST = 2000
"""Characters of a text whose act does not say how many it may have; the rules allow more."""


@dataclass
class Teller:
    """Which canary was written for which text of which act."""

    birds: list[Canary]
    written: dict[str, Canary] = field(default_factory=dict)
    people: list[Canary] = field(default_factory=list)
    of_story: Canary | None = None
    used: int = 0

    def next(self) -> Canary:
        self.used += 1
        return self.birds[self.used % len(self.birds)]

    def facts(self, needs: Mapping[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
        """The facts of an act with a canary in each text that has room for it, and another person for each that is named."""
        if facts.get("anonymous"):
            self.of_story = None  # of whoever gives no name, no text can be masked
        for name, need in needs.items():
            value, bird = facts.get(name), None
            if need.type == "text" and isinstance(value, str) and value:
                bird = self.next()
                who = self.of_story.name if self.of_story else ""
                for tail in (
                    f"{who}电话{bird.phone_in_words}，{bird.id_in_words}。",
                    f"{who}{bird.phone_in_words}",
                    bird.phone_in_words,
                ):
                    if len(value) + len(tail) <= (need.max or LONGEST):
                        facts[name] = value + tail
                        self.written[f"{bird.phone_in_words}"] = bird
                        break
            elif need.type == "person" and isinstance(value, Mapping) and value.get("name"):
                bird = self.next()
                self.people.append(bird)
                facts[name] = {"name": bird.name, "phone": bird.phone, "id_no": bird.id_no, "address": bird.address}
        return facts


def chosen(stories: Sequence[Any], most: int) -> list[Any]:
    """The stories that between them perform the most different acts; all of them for 0."""
    if not most:
        return list(stories)
    left, taken, known = list(stories), [], set[str]()
    while left and len(taken) < most:
        best = max(left, key=lambda story: len({f"{story.procedure}.{act.does}" for act in story.acts} - known))
        known |= {f"{best.procedure}.{act.does}" for act in best.acts}
        taken.append(best)
        left.remove(best)
    return taken


def plant(told: Any) -> dict[str, Any]:
    """Play the stories on this place; the secrets, how many texts and people carried one, and what did not go as told."""
    from bihuan.cases.shapes import ContactIn
    from bihuan.flows.worker import rests_until, run_once
    from bihuan.ledger import clock
    from bihuan.play import pack_stories
    from bihuan.play.cast import fill_posts
    from bihuan.play.story_words import Place
    from bihuan.rulebook.selectors import calendar_for, current_digest, pack

    rules, mine = pack(current_digest()), Teller(flock(MOST, SEED))
    with clock.at(STARTS) as standing:
        fill_posts(rules)
        place = Place(rules)
        plain = place.facts
        place.facts = lambda needs, given: mine.facts(needs, plain(needs, given))  # type: ignore[method-assign]
        teller = pack_stories.Teller(place, calendar_for(rules), standing, run_once, rests_until=rests_until)
        wrong, acts = [], set()
        for story in chosen(rules.later.stories, int(told["most"])):
            mine.of_story = who = mine.next()
            mine.people.append(who)
            pack_stories.CONTACT = ContactIn(name=who.name, phone=who.phone, id_no=who.id_no, address=who.address)
            wrong += [f"{story.key}: {one}" for line in teller.play(story).lines for one in line.wrong]
            acts |= {f"{story.procedure}.{act.does}" for act in story.acts}
    secrets = [secret for bird in (*mine.people, *mine.written.values()) for secret in bird.secrets()]
    return {
        "secrets": secrets, "texts": len(mine.written), "people": len(mine.people), "acts": len(acts), "wrong": wrong,
        "refused": _missing(mine),
    }  # fmt: skip


def _missing(mine: Teller) -> int:
    """Texts whose masked canary stands in no kept words: their acts were refused, as the story tells."""
    from bihuan.cases.models import Words
    from bihuan.vault import mask

    kept = "\n".join(Words.objects.values_list("text", flat=True))
    return sum(mask.phone(phone) not in kept for phone in mine.written)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(plant(json.loads(Path(sys.argv[1]).read_text("utf-8")))))

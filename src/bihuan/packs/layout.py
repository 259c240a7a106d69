"""Where the boxes and arrows of a procedure's picture stand: two rows of states, arrows in tracks between and above them.

The states of the ordinary way stand in the upper row, all others in the lower one, each in a column of its own. An arrow
to the next column is straight; every other act has a horizontal track of its own, in which its name stands. Acts that
leave a matter where it is stand inside the box. Pure numbers in user units (one unit = one pixel); nothing is drawn here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bihuan.packs.tracks import Channel, Label, Leg, Run
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, STAY, Action, State

TITLE, TEXT = 15, 13
LINE = 18
PAD = 9
GAP = 30
PORT = 13
ENTRY = 62
WORDS_WIDE = 9.5
"""Characters of full width in one line of a label."""
Said = Callable[[Action], str]


@dataclass(frozen=True, slots=True)
class Box:
    """A state: its name, who holds it, what can be done there without leaving it."""

    key: str
    title: str
    holder: str
    inside: tuple[str, ...]
    x: float
    y: float
    w: float
    h: float
    final: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """Lines to one point (the last of each is the arrow's head where ``head``), and the words beside them."""

    lines: tuple[tuple[tuple[float, float], ...], ...]
    head: tuple[tuple[float, float], tuple[float, float]]
    words: tuple[str, ...]
    label: Label
    by: str = "staff"


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture in numbers: how large, its boxes, its arrows."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Acts that lead from the same states to the same state, by the same kind of doer."""

    sources: tuple[str, ...]
    target: str
    names: tuple[str, ...]
    by: str


@dataclass(slots=True)
class Flow:
    """A procedure as a graph: steps between states, acts that stay, and those that can be done anywhere."""

    steps: list[Step] = field(default_factory=list)
    stays: dict[str, list[str]] = field(default_factory=dict)
    anywhere: list[str] = field(default_factory=list)


def wide(text: str, size: float = TEXT) -> float:
    """About how wide a text is when it is written: full-width characters count as one, others as a bit over half."""
    return sum(size if unicodedata.east_asian_width(letter) in "WFA" else size * 0.56 for letter in text)


def broken(text: str, ems: float) -> tuple[str, ...]:
    """A text in lines of at most so many full-width characters, about equally long, broken before brackets and at blanks."""
    lines = _cut(text, ems)
    while len(lines) > 1 and ems > 2:
        closer = _cut(text, ems - 0.5)
        if len(closer) > len(lines):
            break
        lines, ems = closer, ems - 0.5
    return lines


def _cut(text: str, ems: float) -> tuple[str, ...]:
    lines, line = [], ""
    for part in _parts(text, ems):
        if line and wide(line + part, 1) > ems:
            lines.append(line.strip())
            line = ""
        line += part
    return tuple(one for one in (*lines, line.strip()) if one)


def _parts(text: str, ems: float) -> Iterable[str]:
    """What is kept together: a word, a character of full width (with the comma behind it), a short remark in brackets."""
    word, remark = "", False
    for letter in text:
        if letter == "（" and wide(text[text.index("（") :], 1) <= ems:
            remark = True
            if word:
                yield word
                word = ""
        if remark:
            word += letter
        elif letter in "，、）":
            word += letter
            yield word
            word = ""
        elif unicodedata.east_asian_width(letter) in "WF" and text[text.index(letter) + 1 : text.index(letter) + 2] in (
            "，",
            "、",
            "）",
        ):
            if word:
                yield word
            word = letter
        elif unicodedata.east_asian_width(letter) in "WF" or letter == " ":
            if word:
                yield word
                word = ""
            yield letter
        else:
            word += letter
    if word:
        yield word


def doer_of(action: Action) -> str:
    """Who draws this arrow: "resident" or "system" where it is theirs alone, else "staff"."""
    who = set(action.who)
    if who and who <= {"system"}:
        return "system"
    return "resident" if who and who <= {"resident"} else "staff"


def targets_of(action: Action, state: str, ladder: Sequence[str]) -> list[str]:
    """The states an act leads to from ``state``; nothing where it stays."""
    found = []
    for word in (*action.to.by_value.values(), action.to.state):
        if word == NEXT_ON_LADDER:
            after = ladder.index(state) + 1 if state in ladder else len(ladder)
            found += list(ladder[after : after + 1])
        elif word not in ("", STAY, BEFORE) and word != state:
            found.append(word)
    return list(dict.fromkeys(found))


def flow_of(states: Sequence[State], actions: Sequence[Action], start_action: str, ladder: Sequence[str], said: Said) -> Flow:
    """Group the acts by where they lead from and to. What can be done in every state that is not final is named once.

    A state that nobody holds lies in another matter (the one it was merged into): acts to and from it stand inside the boxes.
    """
    flow = Flow()
    away = {state.key for state in states if state.holder and state.holder.nobody}
    running = {state.key for state in states if not state.final}
    grouped: dict[tuple[tuple[str, ...], str, str], list[str]] = {}
    taken_away = [action for action in actions if action.automatic and action.automatic.avoided]
    flow.anywhere += dict.fromkeys(said(action) for action in taken_away)  # no part of the ordinary course
    for action in actions:
        if action.key == start_action or action in taken_away:
            continue
        name, leads = said(action), dict[str, list[str]]()
        for state in action.from_:
            for target in (one for one in targets_of(action, state, ladder) if not away & {state, one}):
                leads.setdefault(target, []).append(state)
        for target, sources in leads.items():
            names = grouped.setdefault((tuple(sources), target, doer_of(action)), [])
            if name not in names:
                names.append(name)
        if leads:
            continue
        if len(running) > 2 and (running <= set(action.from_) or (action.pair and len(action.from_) > 2)):
            flow.anywhere.append(name)  # with another matter: at almost any stage
            continue
        for state in action.from_:
            inside = flow.stays.setdefault(state, [])
            if name not in inside:
                inside.append(name)
    flow.steps = [Step(sources, target, tuple(names), by) for (sources, target, by), names in grouped.items()]
    return flow


def way_of(states: Sequence[State], actions: Sequence[Action], start: str, ladder: Sequence[str]) -> list[str]:
    """The ordinary way: from the start along the primary acts (where none is marked: the first that leads on)."""
    steps = list(ladder) if start in ladder[:1] else []
    path, here = steps[:-1], steps[-1] if steps else start
    known = {state.key for state in states}
    while here in known and here not in path:
        path.append(here)
        leaving = [action for action in actions if here in action.from_]
        leaving.sort(key=lambda action: not action.primary)
        ahead = [one for action in leaving for one in targets_of(action, here, ladder) if one not in path]
        here = ahead[0] if ahead else ""
    return path


# -- placing ----------------------------------------------------------------------------------------------------------


def place(
    states: Sequence[State],
    flow: Flow,
    way: Sequence[str],
    *,
    titles: Mapping[str, str],
    holders: Mapping[str, str],
    entry: str = "",
) -> Placed:
    """Put the states in their rows and columns and the steps on their tracks. ``entry``: the act that leads in."""
    return _Placing(states, flow, way, titles, holders, entry).placed()


class _Placing:
    """The work of ``place``: columns, then tracks, then points."""

    def __init__(
        self,
        states: Sequence[State],
        flow: Flow,
        way: Sequence[str],
        titles: Mapping[str, str],
        holders: Mapping[str, str],
        entry: str,
    ) -> None:
        self.states = {state.key: state for state in states}
        self.flow, self.way, self.entry = flow, list(way), entry
        self.titles, self.holders = titles, holders
        self.steps = [one for one in flow.steps if one.target in self.states and any(s in self.states for s in one.sources)]
        self.column = {key: n for n, key in enumerate(self.way)}
        self._columns_below()
        self.straight = [one for one in self.steps if self._is_next(one)]
        self.above = Channel(outward=-1)
        self.between = Channel(outward=1)
        self.below = Channel(outward=1)
        self.boxes: dict[str, Box] = {}

    def _is_next(self, step: Step) -> bool:
        source = step.sources[0]
        upper = len(step.sources) == 1 and source in self.way and step.target in self.way
        return upper and self.column[step.target] == self.column[source] + 1

    def _columns_below(self) -> None:
        """Each state beside the ordinary way goes to the free column nearest to the states it has to do with."""
        beside = [key for key in self.states if key not in self.column]
        near: dict[str, float] = {}
        for key in beside:
            met = [s for one in self.steps for s in (*one.sources, one.target) if key in (*one.sources, one.target)]
            at = [self.column[one] for one in met if one in self.column]
            near[key] = sum(at) / len(at) if at else len(self.way)
        taken: set[int] = set()
        for key in sorted(beside, key=lambda one: (near[one], beside.index(one))):
            room = max(len(self.way), len(beside))
            free = min((n for n in range(room) if n not in taken), key=lambda n: (abs(n - near[key]), n))
            taken.add(free)
            self.column[key] = free

    # -- boxes ----------------------------------------------------------------------------------------------------------

    def _ends(self, key: str) -> int:
        """How many arrows touch the busier side of a box."""
        tracks = [one for one in self.steps if one not in self.straight and key in (*one.sources, one.target)]
        upper = [one for one in tracks if self._channel(one) is self.above]
        return max(len(upper), len(tracks) - len(upper))

    def _size(self, key: str) -> tuple[float, float, tuple[str, ...]]:
        inside = [line for name in self.flow.stays.get(key, []) for line in broken(name, WORDS_WIDE)]
        width = max(
            wide(self.titles[key], TITLE), wide(self.holders.get(key, "")), *(wide(line) + 8 for line in inside), 58,
            (self._ends(key) + 1) * PORT - 2 * PAD,
        )  # fmt: skip
        height: float = 2 * PAD + 20 + (LINE if self.holders.get(key) else 0) + (LINE * len(inside) + 5 if inside else 0)
        leading = [one for one in self.straight if key in (*one.sources, one.target)]
        height = max([height, *(self._straight_at(one) + PAD for one in leading)])
        return width + 2 * PAD, height, tuple(inside)

    def _straight_at(self, step: Step) -> float:
        """How far below the top of its boxes a straight arrow runs: below its own words and those of the arrows over it."""
        twins = [one for one in self.straight if (one.sources, one.target) == (step.sources, step.target)]
        over = sum(LINE * len(_words(one.names, 4.5)) + 8 for one in twins[: twins.index(step)])
        return 14 + LINE * len(_words(step.names, 4.5)) + over

    def _gap(self, column: int) -> float:
        """The room before a column: as wide as the words on the arrow that leads straight into it."""
        leading = [one for one in self.straight if self.column[one.target] == column]
        words = [line for one in leading for line in _words(one.names, 4.5)]
        return max([GAP, *(wide(line) + 22 for line in words)])

    def _put_boxes(self, top: float, middle: float) -> float:
        """Lay the boxes out; ``top``: room above the upper row, ``middle``: between the rows. Gives the lower row's bottom."""
        sizes = {key: self._size(key) for key in self.states}
        columns = max(self.column.values(), default=0) + 1
        x: float = 4 + (ENTRY if self.entry else 0)
        lower: float = top + max((sizes[key][1] for key in self.way), default=0.0) + middle
        bottom = lower
        for n in range(columns):
            x += self._gap(n) if n else 0
            here = [key for key, column in self.column.items() if column == n]
            width = max((sizes[key][0] for key in here), default=80.0)
            for key in here:
                w, h, inside = sizes[key]
                y = top if key in self.way else lower
                self.boxes[key] = Box(
                    key, self.titles[key], self.holders.get(key, ""), inside, x + (width - w) / 2, y, w, h, self.states[key].final
                )
                bottom = max(bottom, y + h)
            x += width
        self.right = x
        return bottom if len(self.way) < len(self.states) else lower - middle

    # -- tracks ---------------------------------------------------------------------------------------------------------

    def _channel(self, step: Step) -> Channel:
        met = {*step.sources, step.target}
        if met <= set(self.way):
            return self.above
        return self.between if met & set(self.way) else self.below

    def _lay_tracks(self) -> None:
        """Give every arrow that is not straight its ports and its run, channel by channel."""
        ports: dict[tuple[str, str], list[Step]] = {}
        tracked = [one for one in self.steps if one not in self.straight]
        for step in tracked:
            for key in (*step.sources, step.target):
                ports.setdefault((key, self._side(key, step)), []).append(step)
        at: dict[tuple[str, Step], float] = {}
        used: dict[int, list[float]] = {}
        for (key, _side), steps in sorted(ports.items(), key=lambda item: self.column[item[0][0]]):
            box = self.boxes[key]
            steps.sort(key=partial(self._order, key))
            space = box.w / (len(steps) + 1)
            for n, step in enumerate(steps, 1):
                x = box.x + space * n
                taken = used.setdefault(id(self._channel(step)), [])
                while any(abs(x - other) < 4 for other in taken):
                    x += 4
                taken.append(x)
                at[key, step] = x
        for step in tracked:
            legs = [Leg(at[key, step], from_above=self._side(key, step) == "bottom", key=key) for key in step.sources]
            legs.append(
                Leg(at[step.target, step], from_above=self._side(step.target, step) == "bottom", key=step.target, ends=True)
            )
            words = _words(step.names, WORDS_WIDE)
            self._channel(step).add(Run(step, legs, words, max(wide(line) for line in words) + 8, LINE * len(words)))

    def _side(self, key: str, step: Step) -> str:
        upper = key in self.way
        channel = self._channel(step)
        return "top" if (upper and channel is self.above) or (not upper and channel is self.between) else "bottom"

    def _order(self, key: str, step: Step) -> tuple[int, float]:
        """Left to right on one side of a box: those to the left, nearest first; then those to the right, farthest first."""
        others = [self.column[one] for one in (*step.sources, step.target) if one != key] or [self.column[key]]
        away = sum(others) / len(others) - self.column[key]
        return (0, -away) if away < 0 else (1, -away)

    def placed(self) -> Placed:
        """The whole picture in numbers."""
        self._put_boxes(0, 0)
        self._lay_tracks()
        for channel in (self.above, self.between, self.below):
            channel.settle()
        top, middle = self.above.height, self.between.height
        bottom = self._put_boxes(top, middle)
        upper = top + max((self.boxes[key].h for key in self.way), default=0)
        arrows = [self._straight(one) for one in self.straight]
        for channel, base in ((self.above, top), (self.between, upper), (self.below, bottom)):
            arrows += [self._tracked(run, channel.y_of(run, base)) for run in channel.runs]
        if self.entry:
            arrows.insert(0, self._entering())
        left = min([0.0, *(arrow.label.x for arrow in arrows)])
        highest = min([0.0, *(arrow.label.y for arrow in arrows)])
        right = max([self.right, *(arrow.label.x + arrow.label.w for arrow in arrows)])
        whole = Placed(right - left + 8, bottom + self.below.height + 4, tuple(self.boxes.values()), tuple(arrows))
        return moved(whole, 4 - left, 2 - highest)

    def _tracked(self, run: Run, y: float) -> Arrow:
        step: Step = run.step
        lines: list[tuple[tuple[float, float], ...]] = []
        xs = [leg.x for leg in run.legs]
        left, right = run.label_x - run.width / 2 + 3, run.label_x + run.width / 2 - 3
        lines.append(((min(*xs, left), y), (max(*xs, right), y)))
        head = ((0.0, 0.0), (0.0, 0.0))
        for leg in run.legs:
            box = self.boxes[leg.key]
            end = box.y + box.h if leg.from_above else box.y
            if leg.ends:
                head = ((leg.x, y), (leg.x, end))
            lines.append(((leg.x, y), (leg.x, end)))
        label = Label(run.label_x - run.width / 2, y - run.high - 3, run.width, run.high)
        return Arrow(tuple(lines), head, run.words, label, step.by)

    def _straight(self, step: Step) -> Arrow:
        a, b = self.boxes[step.sources[0]], self.boxes[step.target]
        words = _words(step.names, 4.5)
        y = a.y + self._straight_at(step)
        width = max(wide(line) for line in words)
        middle = (a.x + a.w + b.x) / 2 - 3
        line = ((a.x + a.w, y), (b.x, y))
        return Arrow(
            (line,), line, words, Label(middle - width / 2, y - LINE * len(words) - 3, width, LINE * len(words)), step.by
        )

    def _entering(self) -> Arrow:
        box = self.boxes[self.way[0]]
        y, words = box.y + 14 + LINE, broken(self.entry, 4)
        line = ((box.x - ENTRY + 6, y), (box.x, y))
        width = max(wide(one) for one in words)
        return Arrow((line,), line, words, Label(box.x - ENTRY + 4, y - LINE * len(words) - 3, width, LINE * len(words)))


def _words(names: Sequence[str], ems: float) -> tuple[str, ...]:
    """Names of acts that share an arrow, each beginning a line."""
    return tuple(line for name in names for line in broken(name, ems))


def moved(placed: Placed, right: float, down: float) -> Placed:
    """The same picture shifted."""
    return Placed(
        placed.width + right,
        placed.height + down,
        tuple(Box(b.key, b.title, b.holder, b.inside, b.x + right, b.y + down, b.w, b.h, b.final) for b in placed.boxes),
        tuple(
            Arrow(
                tuple(tuple((x + right, y + down) for x, y in line) for line in a.lines),
                ((a.head[0][0] + right, a.head[0][1] + down), (a.head[1][0] + right, a.head[1][1] + down)),
                a.words,
                Label(a.label.x + right, a.label.y + down, a.label.w, a.label.h),
                a.by,
            )
            for a in placed.arrows
        ),
    )

"""Whether a regular expression can be made slow: reads its structure, runs nothing.

A pattern becomes a Glushkov automaton (one state a character of the pattern). Python's engine tries one way after the
other, so time grows faster than the text where one text can be read in several ways inside a loop: *exponential* when a
state comes back to itself in two ways over the same text, *polynomial* when two loops can share a text between them and
what stands after them can fail. A search tries every beginning: it is a loop over anything before the pattern.

After Weideman and others, "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers" (2016).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

SAMPLES = "aAzZx09_- \n\t.,;:!/*()[]{}<>'\"=+#@中文é５\u3000\x00"
UNROLLED = 8
"""Repetitions up to so many times are written out; more often counts as a loop."""


@dataclass
class Part:
    """A piece of the automaton: may it be empty, where it begins, where it ends."""

    empty: bool = True
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)


class Automaton:
    """The states of a pattern with what each reads, and how often each may follow another.

    ``strict``: assertions (the end of the text, borders of words, lookarounds) count as something that can fail, not as nothing.
    """

    def __init__(self, tree: Any, flags: int, *, strict: bool) -> None:
        """Read a parsed pattern."""
        self.flags, self.strict = flags, strict
        self.alphabet = _told_apart(tree, flags)
        self.reads: list[frozenset[str]] = []
        self.follow: list[Counter[int]] = []
        self.inside: list[Any] = []
        whole = self._sequence(tree)
        self.first, self.last = whole.first, set(whole.last)
        self.empty = whole.empty

    def _state(self, reads: Iterable[str]) -> int:
        self.reads.append(frozenset(reads))
        self.follow.append(Counter())
        return len(self.reads) - 1

    def _join(self, one: Part, two: Part) -> Part:
        for before in one.last:
            for after in two.first:
                self.follow[before][after] += 1
        first = one.first + (two.first if one.empty else [])
        last = two.last + (one.last if two.empty else [])
        return Part(one.empty and two.empty, first, last)

    def _sequence(self, tree: Any) -> Part:
        whole = Part()
        for op, value in tree:
            whole = self._join(whole, self._one(op, value))
        return whole

    def _one(self, op: Any, value: Any) -> Part:
        if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            state = self._state(sign for sign in self.alphabet if _reads(op, value, sign, self.flags))
            return Part(False, [state], [state])
        if op is c.SUBPATTERN:
            return self._sequence(value[3])
        if op is c.ATOMIC_GROUP:
            return self._sequence(value)
        if op is c.BRANCH:
            ways = [self._sequence(way) for way in value[1]]
            return Part(any(w.empty for w in ways), [s for w in ways for s in w.first], [s for w in ways for s in w.last])
        if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            return self._repeated(*value)
        if op is c.GROUPREF_EXISTS:
            ways = [self._sequence(way or ()) for way in value[1:]]
            return Part(any(w.empty for w in ways), [s for w in ways for s in w.first], [s for w in ways for s in w.last])
        if op in (c.ASSERT, c.ASSERT_NOT):
            self.inside.append(value[1])
        if op is c.GROUPREF:
            raise ValueError("a reference back to a group is not judged here")
        return self._nothing()

    def _nothing(self) -> Part:
        """An assertion: nothing, or (strict) a sign that never comes."""
        state = self._state(())
        return Part(False, [state], [state]) if self.strict else Part()

    def _repeated(self, low: int, high: Any, tree: Any) -> Part:
        loop = high is c.MAXREPEAT or (high > UNROLLED and low != high)
        whole = Part()
        for _ in range(min(low, UNROLLED) if loop else low):
            whole = self._join(whole, self._sequence(tree))
        if loop:
            body = self._sequence(tree)
            for before in body.last:
                for after in body.first:
                    self.follow[before][after] += 1
            return self._join(whole, Part(True, body.first, body.last))
        rest = Part()
        for _ in range(high - low):  # x{0,2} is (x(x)?)?: counted, so there is one way to read two
            one = self._join(self._sequence(tree), rest)
            rest = Part(True, one.first, one.last)
        return self._join(whole, rest)

    def searched(self, before: Iterable[str]) -> None:
        """Let it begin anywhere after one of these signs: a loop over every sign before it."""
        anything, last = self._state(self.alphabet), self._state(before)
        self.follow[anything].update((anything, last))
        self.follow[last].update(self.first)

    def loops(self) -> list[int]:
        """States that come back to themselves."""
        return [state for state in range(len(self.reads)) if state in self._reached(state)]

    def _reached(self, state: int, without: frozenset[int] = frozenset()) -> set[int]:
        found: set[int] = set()
        todo = list(self.follow[state])
        while todo:
            one = todo.pop()
            if one not in found and one not in without:
                found.add(one)
                todo.extend(self.follow[one])
        return found

    def together(self, states: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Where several readers of one text can stand one sign later."""
        ways: list[tuple[tuple[int, ...], frozenset[str]]] = [((), frozenset(self.alphabet))]
        for state in states:
            ways = [
                ((*so_far, after), both)
                for so_far, signs in ways
                for after in self.follow[state]
                if (both := signs & self.reads[after])
            ]
        return (way for way, _ in ways)


def _signs(tree: Any) -> Iterator[str]:
    """Signs that a pattern names, with their neighbours: one of every kind that it tells apart."""
    for op, value in tree:
        if op in (c.LITERAL, c.NOT_LITERAL):
            yield from _near(value)
        elif op is c.RANGE:
            yield from (*_near(value[0]), *_near(value[1]))
        elif op is c.IN:
            yield from _signs(value)
        for inner in _inner(op, value):
            yield from _signs(inner)


def _told_apart(tree: Any, flags: int) -> list[str]:
    """One sign of every kind that the pattern tells apart."""
    kinds: dict[tuple[bool, ...], str] = {}
    readers = list(_readers(tree))
    for sign in sorted(set(SAMPLES) | set(_signs(tree))):
        kinds.setdefault(tuple(_reads(op, value, sign, flags) for op, value in readers), sign)
    return sorted({*kinds.values(), "\n"})


def _readers(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of a pattern that reads one sign."""
    for op, value in tree:
        if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            yield op, value
        for inner in _inner(op, value):
            yield from _readers(inner)


def _inner(op: Any, value: Any) -> Iterable[Any]:
    """The patterns inside a part."""
    if op is c.ATOMIC_GROUP:
        return (value,)
    if op in (c.BRANCH, c.ASSERT, c.ASSERT_NOT):
        return value[1] if op is c.BRANCH else (value[1],)
    if op is c.GROUPREF_EXISTS:
        return tuple(way or () for way in value[1:])
    return (value[-1],) if op in (c.SUBPATTERN, c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT) else ()


def _near(code: int) -> Iterator[str]:
    return (chr(one) for one in (code - 1, code, code + 1) if 0 <= one < 0x110000)


def _reads(op: Any, value: Any, sign: str, flags: int) -> bool:
    signs = {sign, sign.lower(), sign.upper()} if flags & re.IGNORECASE else {sign}
    if op is c.LITERAL:
        return any(len(one) == 1 and ord(one) == value for one in signs)
    if op is c.NOT_LITERAL:
        return ord(sign) != value
    if op is c.ANY:
        return sign != "\n" or bool(flags & re.DOTALL)
    negated = value[0][0] is c.NEGATE
    found = any(_in(kind, what, one) for kind, what in value[negated:] for one in signs if len(one) == 1)
    return found != negated


_CATEGORY = {
    c.CATEGORY_DIGIT: r"\d", c.CATEGORY_NOT_DIGIT: r"\D", c.CATEGORY_SPACE: r"\s", c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_WORD: r"\w", c.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _in(kind: Any, what: Any, sign: str) -> bool:
    if kind is c.LITERAL:
        return ord(sign) == what
    if kind is c.RANGE:
        return bool(what[0] <= ord(sign) <= what[1])
    return bool(re.match(_CATEGORY[what], sign))


def _exponential(machine: Automaton) -> bool:
    for state in machine.loops():
        here = machine._reached(state)
        if any(often > 1 and state in machine._reached(after) | {after} for after, often in machine.follow[state].items()):
            return True
        apart: set[tuple[int, ...]] = set()
        todo = [(state, state)]
        seen = {(state, state)}
        while todo:
            pair = todo.pop()
            for after in machine.together(pair):
                if after not in seen and all(one in here and state in machine._reached(one) for one in after):
                    seen.add(after)
                    todo.append(after)
                    if after[0] != after[1]:
                        apart.add(after)
        if any(_leads(machine, pair, (state, state)) for pair in apart):
            return True
    return False


def _leads(machine: Automaton, start: tuple[int, ...], end: tuple[int, ...]) -> bool:
    """Whether readers that stand at ``start`` can come to ``end`` over one text of at least one sign."""
    back = [machine._reached(one) for one in start]
    if any(goal not in reached for goal, reached in zip(end, back, strict=True)):
        return False
    seen: set[tuple[int, ...]] = set()
    todo = [start]
    while todo:
        for after in machine.together(todo.pop()):
            if after == end:
                return True
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return False


def _polynomial(machine: Automaton, ends: frozenset[int], *, whole: bool) -> bool:
    """``ends``: where the pattern is content; a loop that comes by there can fail only after the last time it did."""
    loops = machine.loops()
    can_fail = [two for two in loops if whole or (two not in ends and two in machine._reached(two, ends))]
    for one in loops:
        reached = machine._reached(one)
        for two in can_fail:
            if two == one or two not in reached:
                continue
            if _leads(machine, (one, one, two), (one, two, two)):
                return True
    return False


def slow(pattern: str | bytes, flags: int = 0, *, searched: bool = True, whole: bool = False) -> str:
    """How a pattern gets slow: "exponential", "polynomial", "" = time grows with the text and no faster.

    ``searched``: it may begin anywhere in the text; ``whole``: it must read the text to its end (``fullmatch``).
    """
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = _parser.parse(text, flags & ~re.UNICODE & ~re.LOCALE)
    flags |= tree.state.flags
    anchored = bool(tree) and tree[0] == (c.AT, c.AT_BEGINNING) and not flags & re.MULTILINE
    return _slow(tree, flags, searched=searched and not anchored, whole=whole)


def _before(tree: Any, flags: int, alphabet: Iterable[str]) -> Iterator[str]:
    """After which signs a pattern can begin: any, the end of a line, or not what its lookbehind forbids."""
    op, value = tree[0] if tree else (None, None)
    if (op, value) == (c.AT, c.AT_BEGINNING):
        return iter("\n")
    if op is c.ASSERT_NOT and value[0] < 0 and len(value[1]) == 1:
        return (sign for sign in alphabet if not _reads(*value[1][0], sign, flags))
    return iter(alphabet)


def _slow(tree: Any, flags: int, *, searched: bool, whole: bool) -> str:
    machine, strict = Automaton(tree, flags, strict=False), Automaton(tree, flags, strict=True)
    if _exponential(machine):
        return "exponential"
    if searched:
        machine.searched(_before(tree, flags, machine.alphabet))
    if _polynomial(machine, frozenset(strict.last), whole=whole):
        return "polynomial"
    return next(filter(None, (_slow(inner, flags, searched=searched, whole=False) for inner in machine.inside)), "")

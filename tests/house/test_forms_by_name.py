"""What a form may set stands in the view by name: no view takes whatever a request happens to hold.

A column can then be written through a form only where somebody wrote the field's name down. Together with the columns smuggled
into complete forms (``tests/matrix/test_smuggling.py``) this is what stands against mass assignment.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.house import source

WHOLE = frozenset({"dict", "items", "lists", "values", "keys", "copy", "urlencode", "__iter__"})
SHOWN_AGAIN = {
    "src/bihuan/desk/acts.py: with_basis": "a copy with the basis filled in, read by names afterwards",
    "src/bihuan/portal/report.py: report": "a copy with the channel of residents filled in, read by names afterwards",
    "src/bihuan/web/opening.py: titled": "a copy with a title made of the words, read by names afterwards",
    "src/bihuan/desk/calls.py: _typed": "what was typed, drawn again on the same form",
    "src/bihuan/desk/triage.py: _typed": "what was typed, drawn again on the same form",
    "src/bihuan/desk/work.py: _again": "the address of a list, of the names that the list knows",
    "src/bihuan/desk/admin/duty_list.py: duty_list": "the address of a list, for its next page",
    "src/bihuan/desk/admin/units.py: _list": "the address of a list, for its next page",
    "src/bihuan/desk/admin/overlay.py: _further": "edits, each read by the name of its part and judged by the rules",
    "src/bihuan/desk/supervision.py: _change": "numbers of lines and their words; other lines are refused",
}
"""Where the whole of a form is taken, and why none of it reaches a table."""


def _is_form(node: ast.AST, named: set[str]) -> bool:
    """Whether an expression is what a request holds: ``request.POST``, ``request.GET``, or a name that was given it."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("POST", "GET")
    return isinstance(node, ast.Name) and node.id in named


def _names(function: ast.FunctionDef) -> set[str]:
    """Names in a function that stand for a form: parameters that are QueryDicts, and what is assigned ``request.POST``."""
    every = [*function.args.args, *function.args.kwonlyargs]
    found = {one.arg for one in every if one.annotation is not None and "QueryDict" in ast.unparse(one.annotation)}
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        pairs = (
            list(zip(target.elts, value.elts, strict=False))
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            else [(target, value)]
        )
        found |= {one.id for one, given in pairs if isinstance(one, ast.Name) and _is_form(given, set())}
    return found


def _whole(function: ast.FunctionDef) -> Iterator[str]:
    """Each place where a function takes all that a request holds."""
    named = _names(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in WHOLE and _is_form(node.func.value, named):
                yield f".{node.func.attr}()"
            if isinstance(node.func, ast.Name) and node.func.id in ("dict", "list", "set", "tuple", "sorted"):
                yield from (f"{node.func.id}(…)" for one in node.args if _is_form(one, named))
            yield from ("**" for one in node.keywords if one.arg is None and _is_form(one.value, named))
            if isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                yield from ("update(…)" for one in node.args if _is_form(one, named))
        elif isinstance(node, ast.For | ast.comprehension) and _is_form(node.iter, named):
            yield "for … in"
        elif isinstance(node, ast.Dict):
            yield from (
                "{**…}" for key, value in zip(node.keys, node.values, strict=True) if key is None and _is_form(value, named)
            )
        elif (
            isinstance(node, ast.Attribute)
            and node.attr == "body"
            and isinstance(node.value, ast.Name)
            and node.value.id == "request"
        ):
            yield "request.body"


def taken_whole(trees: Iterable[tuple[str, ast.AST]]) -> list[str]:
    """``file: function how`` of every place that does."""
    return sorted(
        {
            f"{where}: {function.name} {how}"
            for where, tree in trees
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for how in _whole(function)
        }
    )


def faces() -> list[tuple[str, ast.AST]]:
    """Every module that could see a request."""
    return [(source.shown(path), source.tree(path)) for path in source.python_files()]


def test_no_view_takes_whatever_a_request_holds() -> None:
    found = taken_whole(faces())
    assert [one for one in found if " ".join(one.split(" ")[:2]) not in SHOWN_AGAIN] == []
    assert {" ".join(one.split(" ")[:2]) for one in found} == SHOWN_AGAIN.keys(), "an exception that is none any more"


CARELESS = {
    "Account.objects.filter(pk=1).update(**request.POST.dict())": ".dict()",
    "post = request.POST\\n    AccountRow(**post)": "**",
    "return {name: value for name, value in request.POST.items()}": ".items()",
    "for name in request.POST:\\n        setattr(row, name, request.POST[name])": "for … in",
    "row.update({**request.POST, 'at': now})": "{**…}",
    "kept.update(request.POST)": "update(…)",
    "actor, typed = who(request), request.POST\\n    save(dict(typed))": "dict(…)",
    "return json.loads(request.body)": "request.body",
}


def test_a_careless_view_is_named() -> None:
    """The control: eight ways in which views elsewhere have done it; and a view that reads by names is let be."""
    for body, how in CARELESS.items():
        tree = ast.parse(f"def view(request):\n    {body}".replace("\\n", "\n"))
        assert f"view.py: view {how}" in taken_whole([("view.py", tree)]), body
    harmless = (
        "def view(request):\n    post = request.POST\n    return text(post, 'name'), request.POST.get('x'), post.getlist('y')"
    )
    assert taken_whole([("view.py", ast.parse(harmless))]) == []

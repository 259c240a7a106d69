"""The public door's frame: the place's name over every page, and how often one address may ask."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.web import rates
from bihuan.web.speech import Speech, speech

TEN_MINUTES = 600
LOOKS, ACTS, REPORTS, FILES = 60, 30, 20, 600
"""Tries of one address in ten minutes: a family or an office behind one line must still get through."""


def may_look(request: HttpRequest) -> None:
    """Count one look at a tracking page; raises web.errors.TooMany."""
    rates.limit(request, "track", most=LOOKS, seconds=TEN_MINUTES)


def may_fetch(request: HttpRequest) -> None:
    """Count one file of a tracking page, pictures on it too; raises web.errors.TooMany."""
    rates.limit(request, "track-file", most=FILES, seconds=TEN_MINUTES)


def may_act(request: HttpRequest) -> None:
    """Count one act on a tracking page; raises web.errors.TooMany."""
    rates.limit(request, "track-act", most=ACTS, seconds=TEN_MINUTES)


def may_report(request: HttpRequest) -> None:
    """Count one report; raises web.errors.TooMany."""
    rates.limit(request, "report", most=REPORTS, seconds=TEN_MINUTES)


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, say: Speech | None = None, status: int = 200
) -> HttpResponse:
    """Render a public page."""
    say = say or speech()
    context["say"] = say
    context["place_name"] = say.say("area", "name")
    return render(request, template, context, status=status)

"""Views that belong to no face: the reading preferences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from bihuan.web.guards import anyone
from bihuan.web.language import LANGUAGE, LANGUAGES, TEXT, TEXT_SIZES, keep


@anyone("POST")
def prefer(request: HttpRequest) -> HttpResponse:
    """Remember a language or a text size in this browser and go back to the page the person was on."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    for name, allowed in ((LANGUAGE, LANGUAGES), (TEXT, TEXT_SIZES)):
        value = request.POST.get(name, "")
        if value in allowed:
            keep(response, **{name: value})
    return response

"""What every page can say without asking for it: nonce, actor, language, text size."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from bihuan.web.language import text_size_of


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every template. Costs no statement."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "actor": getattr(request, "actor", None),
        "text_size": text_size_of(request),
    }

"""What this post may do and where: said to the one who holds it, and as a table to whoever may read the rules."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.desk import names
from bihuan.desk.frame import actor_of, show
from bihuan.rules.scope import Duty
from bihuan.web.guards import signed_in
from bihuan.web.speech import speech


@signed_in()
def duties(request: HttpRequest) -> HttpResponse:
    """The actor's duties and scope in sentences; with the duty to read the rules also every post's."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    scope = actor.scope
    units = [name for name in names.units(actor, scope.units).values() if name]
    context = {
        "mine": [_(duty.sentence) for duty in Duty if duty in actor.duties],
        "areas": [actor.area_name] if scope.area_codes else [],
        "units": units,
        "everything": scope.everything,
        "table": [
            {"title": say.post(post.key, post.title), "duties": [_(duty.sentence) for duty in Duty if duty in post.duties]}
            for post in say.pack.posts
        ]
        if Duty.PACK_READ in actor.duties or Duty.POST_MANAGE in actor.duties
        else [],
        "rules": f"{say.say('pack', 'title')} {say.pack.version}",
    }
    return show(request, "desk/duties.html", context, say=say)

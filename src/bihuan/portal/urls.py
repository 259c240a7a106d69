"""Addresses of the public door."""

from django.urls import path

from bihuan.portal import attachments, home, own, papers, report, track

urlpatterns = [
    path("", home.home, name="home"),
    path("services", home.services, name="services"),
    path("guide", home.guide, name="guide"),
    path("report", report.report, name="report"),
    path("track", track.ask_code, name="track"),
    path("t/<str:code>", track.track, name="tracking"),
    path("t/<str:code>/mine", own.own, name="own-data"),
    path("t/<str:code>/file/<int:file_id>", attachments.download),
    path("t/<str:code>/file/<int:file_id>/thumb", attachments.thumb),
    path("t/<str:code>/paper/<int:seq>/<slug:key>.<slug:form>", papers.paper, name="tracking-paper"),
    path("t/<str:code>/<slug:action>", track.act, name="tracking-act"),
]

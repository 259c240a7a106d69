"""Addresses that belong to no face."""

from django.urls import path

from bihuan.web import health, picks, renewal, signin, views

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("preferences/", views.prefer, name="preferences"),
    path("sign-in", signin.sign_in, name="sign-in"),
    path("factor", signin.factor, name="factor"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("new-password", renewal.new_password, name="new-password"),
    path("renew-password", renewal.old_password, name="renew-password"),
    path("post", signin.post, name="post"),
    path("areas", picks.areas, name="area-picks"),
    path("offices", picks.offices, name="office-picks"),
]

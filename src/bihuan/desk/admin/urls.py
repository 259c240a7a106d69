"""Addresses of the desks that look after places, units and rules."""

from django.urls import path

from bihuan.desk.admin import duty_list, pack

urlpatterns = [
    path("pack", pack.pack, name="pack"),
    path("duty-list", duty_list.duty_list, name="duty-list"),
]

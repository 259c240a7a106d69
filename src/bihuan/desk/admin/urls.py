"""Addresses of the desks that look after places, units and rules."""

from django.urls import path

from bihuan.desk.admin import calendar, duty_list, pack

urlpatterns = [
    path("pack", pack.pack, name="pack"),
    path("calendar", calendar.years, name="calendar"),
    path("calendar/load", calendar.load, name="calendar-load"),
    path("calendar/<int:number>", calendar.year, name="calendar-year"),
    path("duty-list", duty_list.duty_list, name="duty-list"),
]

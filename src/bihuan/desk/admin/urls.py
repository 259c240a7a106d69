"""Addresses of the desks that look after places, units and rules."""

from django.urls import path

from bihuan.desk.admin import areas, calendar, changes, duty_list, grids, imports, overlay, pack, units, versions

urlpatterns = [
    path("pack", pack.pack, name="pack"),
    path("pack/change", changes.change, name="pack-change"),
    path("pack/township", overlay.township, name="pack-township"),
    path("pack/proposals/<int:number>", versions.proposal, name="pack-proposal"),
    path("pack/migrate", versions.migrate, name="pack-migrate"),
    path("calendar", calendar.years, name="calendar"),
    path("calendar/load", calendar.load, name="calendar-load"),
    path("calendar/<int:number>", calendar.year, name="calendar-year"),
    path("imports", imports.imports, name="imports"),
    path("imports/<int:number>", imports.one_import, name="import-one"),
    path("areas", areas.areas, name="areas-admin"),
    path("redrawings/<int:number>", areas.redrawing, name="redrawing"),
    path("units", units.units, name="units-admin"),
    path("units/<int:number>", units.unit, name="unit-admin"),
    path("grids", grids.grids, name="grids"),
    path("grids/<str:token>", grids.take, name="grids-take"),
    path("duty-list", duty_list.duty_list, name="duty-list"),
]

"""Addresses that belong to no face."""

from django.urls import path

from bihuan.web import views

urlpatterns = [path("preferences/", views.prefer, name="preferences")]

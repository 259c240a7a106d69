"""Addresses of people at work: staff, posts, leave, the duty roster, one's own account."""

from django.urls import path

from bihuan.desk import away, list_import, me, people_list, people_one, people_posts, roster

urlpatterns = [
    path("admin/people", people_list.staff_list, name="people"),
    path("admin/people/new", people_list.new_account, name="person-new"),
    path("admin/people/<int:account_id>", people_one.account, name="person"),
    path("admin/people/<int:account_id>/names", people_one.correct, name="person-names"),
    path("admin/people/<int:account_id>/password", people_one.reset_password, name="person-password"),
    path("admin/people/<int:account_id>/act", people_one.act, name="person-act"),
    path("admin/people/<int:account_id>/sessions", people_one.end_sessions, name="person-sessions"),
    path("admin/people/<int:account_id>/post", people_posts.give, name="person-post"),
    path("admin/people/<int:account_id>/post/<int:post_id>", people_posts.change, name="person-post-change"),
    path("admin/people/import", list_import.staff_upload, name="people-import"),
    path("admin/people/import/template", list_import.staff_template, name="people-template"),
    path("admin/people/import/<str:token>", list_import.staff_take, name="people-take"),
    path("roster", roster.roster, name="roster"),
    path("roster/import", roster.upload, name="roster-import"),
    path("roster/import/template", roster.roster_template, name="roster-template"),
    path("roster/import/<str:token>", roster.take, name="roster-take"),
    path("away", away.away, name="away"),
    path("me", me.me, name="me"),
    path("me/password", me.password, name="me-password"),
    path("me/devices", me.sign_out_device, name="me-devices"),
    path("me/codes", me.recovery, name="me-codes"),
    path("me/preferences", me.preferences, name="me-preferences"),
]

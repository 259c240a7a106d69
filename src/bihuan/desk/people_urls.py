"""Addresses of people at work: staff, posts, leave, the duty roster, one's own account."""

from django.urls import path

from bihuan.desk import away, me, people_list, people_one, people_posts

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
    path("away", away.away, name="away"),
    path("me", me.me, name="me"),
    path("me/password", me.password, name="me-password"),
    path("me/devices", me.sign_out_device, name="me-devices"),
    path("me/codes", me.recovery, name="me-codes"),
    path("me/preferences", me.preferences, name="me-preferences"),
]

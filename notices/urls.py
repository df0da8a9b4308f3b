"""Addresses of notices."""

from django.urls import path, re_path

from notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.index, name="index"),
    re_path(r"^notices/?\.(?P<form>atom|ics|csv)$", views.feed, name="feed"),
    path("notices/<str:no>/", views.detail, name="detail"),
    path("notices/<str:no>/qr.svg", views.qr, name="qr"),
    path("notices/<str:no>/v/<int:index>/", views.version, name="version"),
    path("staff/notices/", views.queue, name="queue"),
    path("staff/notices/<str:no>/", views.review, name="review"),
    path("staff/notices/<str:no>/edit/", views.edit, name="edit"),
    path("staff/notices/<str:no>/approve/", views.approve, name="approve"),
    path("staff/notices/<str:no>/return/", views.send_back, name="send_back"),
]

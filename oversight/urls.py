"""Addresses of what leaders, auditors and the public look at."""

from django.urls import path

from oversight import views

app_name = "oversight"
urlpatterns = [
    path("", views.home, name="home"),
    path("stats/", views.stats, name="stats"),
    path("staff/rooms/", views.rooms, name="rooms"),
]

"""Addresses of the law's desk."""

from django.urls import path

from law import views

app_name = "law"
urlpatterns = [
    path("staff/law/", views.desk, name="settings"),
    path("staff/law/calendars/<int:pk>/approve/", views.approve, name="approve"),
    path("staff/law/calendars/<int:pk>/reject/", views.reject, name="reject"),
]

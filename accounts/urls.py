"""Addresses of our own about people; allauth's are under /accounts/."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in")]

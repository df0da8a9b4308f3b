"""Public addresses of papers."""

from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("verify/", views.verify, name="verify"),
    path("v/<str:code>", views.document, name="document"),
    path("v/<str:code>/file", views.file, name="file"),
]

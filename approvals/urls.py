"""Addresses of the approval centre."""

from django.urls import path, register_converter

from approvals import views


class ActionConverter:
    """Only actions that exist."""

    regex = "|".join(views.ACTIONS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ActionConverter, "case_action")
app_name = "approvals"
urlpatterns = [
    path("items/", views.items, name="items"),
    path("items/<str:code>/", views.item, name="item"),
    path("cases/track/", views.track, name="track"),
    path("staff/cases/", views.queue, name="queue"),
    path("staff/cases/new/<str:code>/", views.receive, name="receive"),
    path("staff/cases/<str:no>/", views.case, name="case"),
    path("staff/cases/<str:no>/<case_action:action>/", views.do, name="act"),
]

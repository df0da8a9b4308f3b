"""Addresses about people. allauth's own are under /accounts/; those it offers and this centre
does not stand here first and are answered as closed."""

from django.urls import path, re_path

from accounts.views import people, security, sign_in

app_name = "accounts"
urlpatterns = [
    path("demo/sign-in/", sign_in.demo_sign_in, name="demo_sign_in"),
    re_path(r"^accounts/(?P<door>signup|email|confirm-email|password|login/code)/", sign_in.closed),
    path("accounts/security/", security.security, name="security"),
    path("accounts/security/password/", security.change_password, name="change_password"),
    path("accounts/security/sessions/end/", security.end_other_sessions, name="end_other_sessions"),
    path("accounts/security/sessions/<str:handle>/end/", security.end_session, name="end_session"),
    path("staff/people/", people.people, name="people"),
    path("staff/people/new/", people.new_person, name="new_person"),
    path("staff/people/<str:public_id>/", people.person, name="person"),
    path("staff/people/<str:public_id>/grant/", people.grant, name="grant"),
    path("staff/people/<str:public_id>/roles/<str:role>/revoke/", people.revoke, name="revoke"),
    path("staff/people/<str:public_id>/suspend/", people.suspend, name="suspend"),
    path("staff/people/<str:public_id>/reinstate/", people.reinstate, name="reinstate"),
    path("staff/people/<str:public_id>/confirm/", people.confirm_reset, name="confirm_reset"),
    path("staff/people/<str:public_id>/reset/", people.reset, name="reset"),
]

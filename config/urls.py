"""All public addresses (docs/protocol.md lists them)."""

from django.urls import URLPattern, URLResolver, include, path

from config import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("display/", views.display, name="display"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("law.urls")),
    path("", include("documents.urls")),
    path("", include("notices.urls")),
    path("", include("bidding.urls")),
    path("", include("approvals.urls")),
    path("", include("trading.urls")),
    path("", include("oversight.urls")),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"

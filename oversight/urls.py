"""Addresses of what leaders, auditors and the public look at."""

from django.urls import path

from oversight.views import exports, ledger, portal

app_name = "oversight"
urlpatterns = [
    path("", portal.home, name="home"),
    path("stats/", portal.stats, name="stats"),
    path("rooms/", portal.lobby, name="lobby"),
    path("staff/rooms/", portal.rooms, name="rooms"),
    path("audit/", ledger.home, name="audit"),
    path("audit/ledger/", ledger.ledger, name="ledger"),
    path("audit/ledger/<path:stream>/<int:seq>/", ledger.entry, name="entry"),
    path("audit/exports/", exports.request_export, name="request_export"),
    path("audit/exports/<str:code>/", exports.export, name="export"),
    path("audit/exports/<str:code>/progress/", exports.progress, name="export_progress"),
    path("audit/exports/<str:code>/file/", exports.export_file, name="export_file"),
    path("audit/exports/<str:code>/cancel/", exports.cancel_export, name="cancel_export"),
    path("audit/exports/<str:code>/retry/", exports.retry_export, name="retry_export"),
    path("verify/receipts/<str:receipt_no>/", ledger.receipt, name="receipt"),
]

"""Addresses of the sale."""

from django.urls import path

from trading import api
from trading.views import bidder, finance, public, staff, unit

app_name = "trading"
urlpatterns = [
    path("lots/<str:no>/", public.lot, name="lot"),
    path("lots/<str:no>/register/", bidder.register, name="register"),
    path("my/", bidder.home, name="my_home"),
    path("my/lots/<str:no>/reserve/", unit.reserve, name="reserve"),
    path("my/registrations/<str:no>/withdraw/", bidder.withdraw, name="withdraw"),
    path("staff/", staff.home, name="staff_home"),
    path("staff/projects/", staff.project_list, name="project_list"),
    path("staff/projects/new/", staff.project_new, name="project_new"),
    path("staff/projects/<str:no>/", staff.project, name="project"),
    path("staff/projects/<str:no>/lots/<str:procedure>/", staff.lot_new, name="lot_new"),
    path("staff/lots/<str:no>/", staff.staff_lot, name="staff_lot"),
    path("staff/lots/<str:no>/edit/", staff.lot_edit, name="lot_edit"),
    path("staff/lots/<str:no>/publish/", staff.publish_again, name="publish_again"),
    path("staff/deposits/", finance.deposit_desk, name="deposit_desk"),
    path("api/ocds/releases", api.releases, name="ocds_releases"),
    path("api/ocds/records/<str:ocid>", api.record, name="ocds_record"),
    path("staff/deposits/import/", finance.import_file, name="import_bank"),
    path("staff/credits/<int:pk>/return/", finance.return_credit, name="return_credit"),
    path("staff/lots/<str:no>/contract/", staff.note_contract, name="note_contract"),
    path("staff/deposits/<int:pk>/refund/", finance.refund, name="refund"),
]

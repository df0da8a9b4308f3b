from django.db import migrations

from audit.services.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [("trading", "0002_money_goes_back")]

    operations = [
        append_only("trading_bankfile", (("id",), ("sha256",))),
        append_only("trading_bankcredit", (("id",), ("reference",))),
        append_only("trading_refund", (("id",), ("bank_reference",))),
        append_only("trading_release", (("index",), ("lot_id", "tag"))),
    ]

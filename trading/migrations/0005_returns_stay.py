"""A return that was noted is never changed or removed."""

from django.db import migrations

from audit.services.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("trading", "0004_contract_and_returns")]

    operations = [
        append_only("trading_creditreturn", (("id",), ("credit_id",), ("bank_reference",))),
    ]

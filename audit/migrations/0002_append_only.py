"""The ledger's rows can be added, never changed or removed."""

from django.db import migrations

from audit.services.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        append_only("audit_entry", keys=(("id",), ("stream", "seq"), ("stream", "idem"))),
        append_only("audit_leaf", keys=(("index",), ("entry_id",))),
        append_only("audit_treenode", keys=(("id",), ("level", "index"))),
        append_only("audit_checkpoint", keys=(("size",),)),
    ]

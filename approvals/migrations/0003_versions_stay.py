"""A published version is never changed or removed."""

from django.db import migrations

from audit.services.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_tell_the_remedies"), ("audit", "0002_append_only")]
    operations = [append_only("approvals_itemversion", keys=(("id",), ("code", "index")))]

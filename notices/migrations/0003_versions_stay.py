"""A published version is never changed or removed."""

from django.db import migrations

from audit.services.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_second_person"), ("audit", "0002_append_only")]
    operations = [append_only("notices_noticeversion", keys=(("id",), ("notice_id", "index")))]

"""The one row that the leaf sequencer locks."""

from django.db import migrations


def add_lock(apps, editor):
    apps.get_model("audit", "TreeLock").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunPython(add_lock, migrations.RunPython.noop)]

"""Who reset a person's access, until another has confirmed it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_first_password")]

    operations = [
        migrations.AddField("user", "reset_by", models.CharField(blank=True, max_length=20)),
        migrations.AddField("user", "reset_at", models.DateTimeField(null=True)),
    ]

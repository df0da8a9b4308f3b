"""When the contract was signed; unknown money that went back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trading", "0003_money_rows_stay")]

    operations = [
        migrations.AddField("award", "contracted_on", models.DateField(null=True)),
        migrations.CreateModel(
            name="CreditReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bank_reference", models.CharField(max_length=60, unique=True)),
                ("noted_by", models.CharField(max_length=20)),
                ("noted_at", models.DateTimeField()),
                (
                    "credit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned",
                        to="trading.bankcredit",
                    ),
                ),
            ],
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_awaits")]
    operations = [
        migrations.AddField("kpi", "shown_as", models.CharField(max_length=20, db_default="line", default="line"))
    ]

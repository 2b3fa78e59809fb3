from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_readers")]
    operations = [
        migrations.AddField("kpi", "shown_as", models.CharField(max_length=20, db_default="line", default="line"))
    ]

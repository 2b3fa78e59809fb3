import django.db.models.deletion
from django.db import migrations, models


RIGHT = "see_seeking"


def give_right(apps, editor):
    """Editors and search managers may see the report from the start; administrators may take that back, or give it to others."""
    type_, _created = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="search", model="figure"
    )
    right, _created = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=type_, codename=RIGHT, defaults={"name": "Can see what people seek"}
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editors", "Search managers"]):
        group.permissions.add(right)


def take_right(apps, editor):
    rights = apps.get_model("auth", "Permission").objects
    rights.filter(content_type__app_label="search", codename=RIGHT).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0003_recent_searches"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0002_initial_data"),  # makes the group Editors
    ]

    operations = [
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True)),
                ('salt', models.BinaryField(max_length=32)),
                ('check_value', models.BinaryField(max_length=32)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Sought',
            fields=[
                ('mark', models.BigIntegerField(primary_key=True, serialize=False)),
                ('round_id', models.BigIntegerField()),
                ('day', models.DateField(db_index=True)),
                ('phrase', models.CharField(max_length=100)),
                ('language', models.CharField(max_length=10)),
                ('seat', models.PositiveSmallIntegerField()),
                ('nothing', models.BooleanField(default=False)),
                ('clickable', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phrase', models.CharField(max_length=100, verbose_name='phrase')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('measure', models.CharField(choices=[('sought', 'Searches'), ('nothing', 'Without results'), ('unclicked', 'Without a click'), ('clicked', 'With a click')], max_length=10)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('people', models.PositiveIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('positions', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'phrase sought',
                'verbose_name_plural': 'phrases sought',
                'permissions': [('see_seeking', 'Can see what people seek')],
                'default_permissions': (),
                'indexes': [models.Index(fields=['first_day', 'last_day'], name='search_figure_days')],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phrase', models.CharField(max_length=100, verbose_name='phrase')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('measure', models.CharField(choices=[('sought', 'Searches'), ('nothing', 'Without results'), ('unclicked', 'Without a click'), ('clicked', 'With a click')], max_length=10)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('people', models.PositiveIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('positions', models.PositiveBigIntegerField(default=0)),
                ('seats', models.BigIntegerField()),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='search.round')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('round', 'phrase', 'language', 'measure'), name='search_tally_once')],
            },
        ),
        migrations.RunPython(give_right, take_right),
    ]

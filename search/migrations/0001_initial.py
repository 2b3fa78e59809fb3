import django.contrib.postgres.search
from django.db import migrations, models

SQLITE = [
    # `ascii` with the underscore keeps the words that search.analysis made as they are.
    """CREATE VIRTUAL TABLE search_index USING fts5(
         title, names, summary, body, tokenize = "ascii tokenchars '_'", prefix = '2 3 4'
       )""",
    """CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document
       BEGIN DELETE FROM search_index WHERE rowid = old.entry_id; END""",
]
SQLITE_BACK = ["DROP TRIGGER search_document_deleted", "DROP TABLE search_index"]
POSTGRESQL = ["CREATE INDEX search_document_vector ON search_document USING gin (vector)"]
POSTGRESQL_BACK = ["DROP INDEX search_document_vector"]


def _run(editor, sqlite, postgresql):
    for statement in sqlite if editor.connection.vendor == "sqlite" else postgresql:
        editor.execute(statement)


def forwards(apps, editor):
    _run(editor, SQLITE, POSTGRESQL)


def backwards(apps, editor):
    _run(editor, SQLITE_BACK, POSTGRESQL_BACK)


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("vector", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
            ],
        ),
        migrations.RunPython(forwards, backwards),
    ]

"""PostgreSQL finds titles by themselves: an index of the words that carry the weight of a title."""

from django.db import migrations


def forwards(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("CREATE INDEX search_document_titles ON search_document USING gin (ts_filter(vector, '{a}'))")


def backwards(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX search_document_titles")


class Migration(migrations.Migration):
    dependencies = [("search", "0005_page_about")]

    operations = [migrations.RunPython(forwards, backwards)]

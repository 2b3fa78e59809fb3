"""A plugin's end and its way back: export, retire, restore, purge. The format is in docs/archives.md."""

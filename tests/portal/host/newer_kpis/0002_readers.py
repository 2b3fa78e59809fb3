from importlib import import_module

Migration = import_module("plugins.kpis.migrations.0002_readers").Migration

from importlib import import_module

Migration = import_module("plugins.kpis.migrations.0003_awaits").Migration

"""Plugins as packages: what could be installed, and installing it into this environment without harm to the rest."""

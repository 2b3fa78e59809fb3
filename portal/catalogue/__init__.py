"""The catalogue: the read model of the whole platform. Owners describe things as cards; readers read entries."""

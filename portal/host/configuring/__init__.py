"""How settings and permissions of plugins are changed and told; portal.host.settings and .permissions read them."""

"""Who may use the page: people sign in by password or at an OpenID Connect provider, and have a role.

``login.Login`` is what the gateway mounts; the REST façade, which is for systems, has no part in it.
"""

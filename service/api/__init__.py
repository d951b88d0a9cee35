"""The HTTP interface under ``/v1``: thin routes over ``service.serving`` and ``service.access``.

``create_app`` builds the application; nothing is opened while modules are imported.
"""

"""The HTTP interface under ``/v1``: thin routes over :mod:`service.serving` and
:mod:`service.access`.

``create_app`` builds the application; nothing is opened while modules are imported.
"""

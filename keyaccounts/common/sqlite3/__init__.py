"""Django's SQLite with one thing more: those who write stand in a queue (``DATABASES["default"]["ENGINE"]``)."""

"""Django's PostgreSQL backend that starts the bundled server on the first use of the database."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from backend.platform import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    """Fills host, port and password from the bundled server just before a connection is made."""

    def get_connection_params(self) -> dict[str, Any]:
        address = embedded.postgres()
        self.settings_dict.update(
            HOST=address.host, PORT=str(address.port), USER=embedded.DATABASE_USER, PASSWORD=address.password
        )
        return dict(super().get_connection_params())

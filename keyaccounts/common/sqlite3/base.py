"""Writers in a queue: who comes first writes first, and the next begins the moment the one before has ended.

SQLite lets one transaction write at a time. Left alone, the others ask again after pauses that grow to a tenth
of a second, whoever asks at the right moment goes first, and after ``timeout`` seconds the unlucky one fails with
"database is locked". Here a transaction first locks the file ``<database>-queue``; the kernel keeps the order, and
frees the place of a process that dies. Single statements outside a transaction wait as SQLite has them wait.
"""

from __future__ import annotations

import fcntl
from typing import IO, Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    transaction_mode: str | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue: IO[bytes] | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._stand_in_queue()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        super()._commit()
        self._leave_queue()  # a commit that fails is rolled back next, and leaves then

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            if self._queue is not None:
                self._queue.close()
                self._queue = None

    def _stand_in_queue(self) -> None:
        if self.transaction_mode is None or self.is_in_memory_db():
            return  # it may only read, or there is nobody else
        if self._queue is None:
            self._queue = open(f"{self.settings_dict['NAME']}-queue", "ab")  # noqa: SIM115 - as long as the connection
        fcntl.flock(self._queue, fcntl.LOCK_EX)

    def _leave_queue(self) -> None:
        if self._queue is not None:
            fcntl.flock(self._queue, fcntl.LOCK_UN)

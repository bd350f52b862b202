"""Writers take turns: the second waits for the first to end, whoever asks for something else does not."""

import pytest
from django.db import OperationalError, connection, transaction

from keyaccounts.common.turns import take_turn


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="On SQLite whoever writes is alone")
def test_the_second_waits_until_the_first_has_ended():
    other = connection.copy()
    try:
        with transaction.atomic():
            take_turn("ledger:1")
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger:2', 0))")
                with pytest.raises(OperationalError):
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger:1', 0))")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger:1', 0))")
    finally:
        other.close()


@pytest.mark.django_db
def test_a_turn_may_be_taken_twice_by_the_same(django_assert_num_queries):
    """Asked once each time on PostgreSQL, and answered at once; SQLite is not asked at all."""
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 0):
        take_turn("ledger:1")
        take_turn("ledger:1")

"""The store's own tests once more, on PostgreSQL."""

from tests.backend.store.test_at_once import *  # noqa: F403
from tests.backend.store.test_database import *  # noqa: F403
from tests.backend.store.test_lookup import *  # noqa: F403
from tests.backend.store.test_migration import (  # noqa: F401
    newer_program,
    test_a_migrated_database_is_left_as_it_is,
    test_the_migrations_make_what_the_tables_say,
    test_the_older_program_refuses_what_the_newer_one_has_migrated,
)
from tests.backend.store.test_people import *  # noqa: F403
from tests.backend.store.test_processes import (  # noqa: F401
    counter,
    test_eight_processes_are_never_told_that_it_is_locked,
    test_four_processes_lose_no_update,
    test_four_processes_that_start_at_once_make_the_tables_once,
)

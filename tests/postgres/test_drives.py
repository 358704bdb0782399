"""What drives, their keys and their uses ask of a database, once more on PostgreSQL."""

import pytest

from tests.backend.conftest import config, enclave, host, open_enclave  # noqa: F401
from tests.backend.services.configs.test_drive_attaching import (  # noqa: F401
    test_a_drive_has_one_writer_or_any_readers,
    test_of_two_consoles_at_the_same_moment_exactly_one_writes,
    test_who_holds_no_key_is_told_which_drive_and_who_does,
)
from tests.backend.services.conftest import flash, genome  # noqa: F401
from tests.backend.services.drives.test_creating import (  # noqa: F401
    test_a_destroyed_drive_is_gone_with_its_keys_and_both_steps_are_on_record,
    test_the_quotas_of_team_and_pool_hold_also_at_the_same_moment,
    test_what_a_dead_console_began_is_given_back,
    unfinished,
)
from tests.backend.services.drives.test_drives import (  # noqa: F401
    alice,
    test_a_drive_is_tagged_as_the_rules_and_the_permission_let,
    test_a_holder_becomes_the_owner_and_the_owner_stays_a_holder,
)
from tests.postgres.settings import settings  # noqa: F401

pytestmark = pytest.mark.usefixtures("config", "genome")

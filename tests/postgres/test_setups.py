"""What hardware setups ask of a database, once more on PostgreSQL."""

from tests.backend.conftest import enclave, host, open_enclave  # noqa: F401
from tests.backend.services.setups.test_setups import (  # noqa: F401
    room,
    test_a_change_of_devices_alone_is_a_change_that_others_are_told_of,
    test_a_copy_is_the_same_but_for_what_is_given,
    test_a_setup_is_not_deleted_under_a_configuration_that_is_made_at_the_same_moment,
    test_an_edit_changes_what_it_is_given_and_nothing_else,
    test_two_setups_with_one_name_at_the_same_moment_are_one,
    test_what_no_host_could_ever_hold_is_saved_with_a_warning,
    tiny,
)
from tests.postgres.settings import settings  # noqa: F401

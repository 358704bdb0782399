"""What service VMs ask of a database, once more on PostgreSQL."""

from tests.backend.conftest import config, enclave, host, open_enclave  # noqa: F401
from tests.backend.services.conftest import keeper, keeper_on, other  # noqa: F401
from tests.backend.services.service_vms.test_apart import (  # noqa: F401
    test_a_start_and_a_power_up_at_the_same_moment_never_share_the_volume,
    test_of_two_consoles_that_power_it_up_at_once_one_does,
)
from tests.backend.services.service_vms.test_power import (  # noqa: F401
    test_it_is_off_again_and_says_how_it_ended,
    test_the_last_of_several_ends_is_told,
)
from tests.backend.services.service_vms.test_service_vms import (  # noqa: F401
    test_an_edit_changes_what_it_is_given_and_nothing_else,
    test_devices_and_host_are_taken_away_by_empty_values,
    test_one_that_was_powered_up_since_it_was_read_is_left_alone,
    test_two_that_are_made_at_once_with_one_name_are_one,
)
from tests.postgres.settings import settings  # noqa: F401

"""What the places of VMs ask of a database, on PostgreSQL."""

from tests.backend.conftest import config, enclave, host, open_enclave  # noqa: F401
from tests.backend.services.starting.test_interrupted import (  # noqa: F401
    at_once,
    left,
    test_two_consoles_deal_with_it_once,
    test_what_it_had_reserved_is_given_back,
)
from tests.backend.services.starting.test_launching import (  # noqa: F401
    test_a_device_that_another_vm_has_is_not_given_again,
    test_a_service_vm_and_a_vm_that_start_at_once_are_one,
    test_a_team_never_has_more_than_its_quota,
    test_two_consoles_never_start_more_than_a_quota_together,
    test_what_has_no_room_says_what_each_host_is_short_of,
)
from tests.backend.services.starting.test_launching_again import (  # noqa: F401
    test_a_host_that_fails_to_start_it_is_left_for_another,
    test_a_host_that_was_changed_under_its_hands_is_looked_at_again,
)
from tests.postgres.settings import settings  # noqa: F401

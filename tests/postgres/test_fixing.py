"""What Fix VMs, Fix drives and the turns of consoles ask of a database, once more on PostgreSQL."""

from tests.backend.conftest import enclave, host, open_enclave  # noqa: F401
from tests.backend.services.fixing.test_drives import (  # noqa: F401
    drive,
    test_a_drive_in_use_by_a_vm_that_is_gone_is_free,
    test_a_drive_without_its_volume_is_marked_after_a_yes_and_back_when_it_is_back,
)
from tests.backend.services.fixing.test_fixing import (  # noqa: F401
    at_once,
    test_a_row_that_changed_since_it_was_read_is_not_written,
    test_a_vm_whose_shutdown_nobody_waits_for_any_more_is_running,
    test_the_store_follows_a_vm_to_another_host_with_what_it_holds,
)
from tests.backend.services.fixing.test_sync_rounds import (  # noqa: F401
    test_a_round_that_was_cut_short_is_due_again,
    test_a_turn_is_taken_over_from_the_dead_alone,
    test_two_consoles_at_once_run_one_round,
)
from tests.postgres.settings import settings  # noqa: F401

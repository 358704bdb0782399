"""What configurations, their starts and moves of projects ask of a database, on PostgreSQL."""

from tests.backend.conftest import config, enclave, host, open_enclave  # noqa: F401
from tests.backend.services.configs.test_configs import (  # noqa: F401
    people,
    test_a_co_owner_sees_and_starts_it_but_does_not_change_it,
    test_a_row_tells_what_its_setup_gives_and_whose_it_is,
    test_an_edit_changes_what_is_given_and_empties_what_is_emptied,
    test_deleted_twice_at_once_it_is_deleted_once,
    test_deleted_while_it_is_started_it_is_one_or_the_other,
    test_edited_while_it_is_started_both_happen,
    test_its_past_vms_outlive_it,
    test_started_by_two_at_once_it_runs_once,
    test_the_second_of_two_who_edit_learns_of_the_first,
    test_who_makes_one_chooses_among_what_is_his,
)
from tests.backend.services.starting.test_progress import (  # noqa: F401
    test_a_start_that_succeeded_was_through_every_stage_to_running,
)
from tests.backend.services.vms.test_tagging import (  # noqa: F401
    test_a_refusal_shows_both_paths_and_where_it_may_go,
    test_of_two_who_set_it_at_once_the_second_is_held_to_what_it_is_by_then,
    vm,
)
from tests.postgres.settings import settings  # noqa: F401

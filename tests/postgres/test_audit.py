"""What the audit log asks of a database, once more on PostgreSQL."""

from tests.backend.audit.conftest import file, log, mara, record  # noqa: F401
from tests.backend.audit.test_interrupted import (  # noqa: F401
    dead,
    test_it_is_reported_once,
    test_the_attempt_of_a_dead_process_is_given_an_outcome,
)
from tests.backend.audit.test_log import *  # noqa: F403
from tests.backend.audit.test_processes import (  # noqa: F401
    here,
    start,
    test_four_processes_at_once_make_one_dense_chain_and_one_file,
)
from tests.backend.audit.test_proof import (  # noqa: F401
    impatient,
    lab,
    test_a_cut_end_is_found,
    test_a_good_log_says_what_is_signed_and_by_whom,
    test_a_log_replaced_by_a_valid_one_is_found,
)
from tests.backend.audit.test_tail import (  # noqa: F401
    test_new_records_come_once_and_in_order,
    test_the_records_of_another_console_come_too,
)
from tests.backend.audit.test_verify import (  # noqa: F401
    six,
    test_records_that_changed_places_are_found,
)
from tests.backend.test_audit_heartbeat import (  # noqa: F401
    logs,
    test_consoles_at_the_same_moment_write_one_heartbeat,
    test_the_next_period_has_its_own,
)

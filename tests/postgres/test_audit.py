"""The audit log's own tests once more, on PostgreSQL."""

from tests.backend.audit.conftest import *  # noqa: F403
from tests.backend.audit.test_interrupted import *  # noqa: F403
from tests.backend.audit.test_log import *  # noqa: F403
from tests.backend.audit.test_processes import *  # noqa: F403
from tests.backend.audit.test_tail import *  # noqa: F403
from tests.backend.audit.test_verify import *  # noqa: F403

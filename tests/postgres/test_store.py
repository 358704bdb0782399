"""The store's own tests once more, on PostgreSQL."""

from tests.backend.store.test_database import *  # noqa: F403
from tests.backend.store.test_lookup import *  # noqa: F403
from tests.backend.store.test_people import *  # noqa: F403

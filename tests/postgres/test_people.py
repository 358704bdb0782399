"""What users, teams and projects ask of a database, once more on PostgreSQL."""

from pathlib import Path

import pytest

from tests.backend.conftest import CONFIGURATION, enclave, open_enclave  # noqa: F401
from tests.backend.services.people.test_projects import (  # noqa: F401
    test_a_parent_that_is_deleted_at_the_same_moment_leaves_no_orphan,
    test_a_project_moves_with_everything_below_it,
    test_two_consoles_that_make_a_circle_at_the_same_moment_make_none,
)
from tests.backend.services.people.test_teams import (  # noqa: F401
    test_a_billion_mebibytes_are_a_quota,
    test_a_member_who_was_added_meanwhile_is_not_lost,
    test_a_quota_may_be_below_what_is_used_and_it_says_so,
    test_a_team_with_members_alone_is_deleted_and_they_stay,
    test_what_is_used_is_what_running_vms_and_drives_take,
)
from tests.backend.services.people.test_users import (  # noqa: F401
    test_a_user_has_what_he_was_made_with,
    test_two_super_admins_who_deactivate_each_other_leave_one,
    test_two_who_make_the_same_user_make_one,
)
from ticrypt_tui.config.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    file = tmp_path / "ticrypt-tui.toml"
    sqlite = f"sqlite+aiosqlite:///{tmp_path}/data/console.db"
    file.write_text(CONFIGURATION.format(folder=tmp_path).replace(sqlite, database_url))
    return load_settings(file)

"""What VM images ask of a database, once more on PostgreSQL."""

from tests.backend.conftest import enclave, host, open_enclave  # noqa: F401
from tests.backend.services.images.test_images import (  # noqa: F401
    test_a_copy_is_of_another_free_volume_with_the_same_system,
    test_an_edit_changes_what_it_is_given_and_the_system_follows_the_volume,
    test_an_image_is_not_deleted_under_a_setup_that_is_made_at_the_same_moment,
    test_it_warns_until_a_vm_of_the_image_has_registered,
    test_the_second_to_save_an_image_learns_of_the_first,
    test_two_consoles_that_want_one_volume_at_once_make_one_image,
    test_where_nobody_says_it_the_maker_is_asked_once_and_it_binds,
    tiny,
)
from tests.postgres.settings import settings  # noqa: F401

"""Which process brings a VM up, and when it registered.

The VMs that are there are up, and nobody waits for them to register.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vm") as vm:
        vm.add_column(sa.Column("registered", sa.BigInteger(), nullable=True))
        vm.add_column(sa.Column("starter", sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE vm SET registered = started")


def downgrade() -> None:
    """Restore the backup that was made before the migration."""
    raise NotImplementedError(downgrade.__doc__)

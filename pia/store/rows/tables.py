"""All tables at once, for those who look at the whole schema: migrations' test, fsck, drills. Knows
nothing but where rows are declared.
"""

from .. import nodes
from ..ledger import log
from ..model import Base
from . import (
    assessments,
    bodies,
    consultation,
    council,
    filing,
    jobs,
    national,
    papers,
    plan,
    records,
    rehearsal,
    sessions,
    two_persons,
    withheld,
)

METADATA = Base.metadata
MODULES = (
    nodes,
    bodies,
    assessments,
    log,
    national,
    consultation,
    council,
    filing,
    plan,
    papers,
    jobs,
    sessions,
    rehearsal,
    withheld,
    two_persons,
    records,
)

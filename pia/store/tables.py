"""All tables at once, for those who look at the whole schema: migrations' test, fsck, drills. Knows nothing but where rows are declared."""

from . import access, assessments, bodies, consultation, council, filing, jobs, log, national, nodes, papers, registers, rehearsal, two_persons, withholding
from .base import Base

METADATA = Base.metadata
MODULES = (nodes, bodies, assessments, log, national, consultation, council, filing, registers, papers, jobs, access, rehearsal, withholding, two_persons)

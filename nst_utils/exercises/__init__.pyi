from . import check as check
from .course import EXERCISES as EXERCISES
from .course import LESSONS as LESSONS
from .course import hint as hint
from .course import progress as progress
from .course import suggestion as suggestion

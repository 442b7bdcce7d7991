"""``python -m nst_utils`` is ``nst``."""

import sys

from nst_utils.cli import main

if __name__ == "__main__":
    sys.exit(main())

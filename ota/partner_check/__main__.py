"""python -m ota.partner_check <base-url> <key>"""

import sys

from .command import main

sys.exit(main(sys.argv[1:]))

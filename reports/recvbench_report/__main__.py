"""python3 -m recvbench_report"""

import sys

from recvbench_report.cli import main

if __name__ == "__main__":
    sys.exit(main())

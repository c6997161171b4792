"""Exit codes of `recvbench-report gate` and `compare`, and of the paired runner. No data is never green."""

OK = 0  # all that was compared is shown not to be worse
CRASH = 1  # never returned on purpose
USAGE = 2  # wrong arguments, or input that cannot be read
REGRESSED = 10  # a test was rejected, a defect is new, or an SLO is missed
INCONCLUSIVE = 11  # neither shown worse nor shown level; or the machine is contaminated
NO_BASELINE = 12  # nothing comparable on the other side
INVALID = 13  # a measurement that says nothing, or none at all

HELP = (
    "exit codes: 0 pass; 2 wrong usage or unreadable input; 10 regression; 11 inconclusive; 12 no comparable baseline; "
    "13 invalid measurement"
)

"""recvbench-report as it is called, within the tests' own process."""

from recvbench_report import cli


def run(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, code, words, *arguments):
    """One clear line, and nothing else."""
    actual, out, err = run(capsys, *arguments)
    assert (actual, out) == (code, ""), err
    assert err.startswith("recvbench-report: ") and err.count("\n") == 1 and words in err

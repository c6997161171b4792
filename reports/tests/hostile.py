"""Names that break what does not quote them: markup, quotes, paths, formulas, control characters."""

NAMES = (
    """<script>alert(1)</script>&"'`""",
    "../../etc/passwd",
    "C:\\Windows\\NUL",
    "=cmd|' /C calc'!A0",
    "two\nlines\r\tand, \"commas\"",
    "\u202egnp.exe",
    "-@+",
)


def rename(run: dict, name: str) -> dict:
    """The record with an engine of this name."""
    run["engine"] |= {"name": name, "label": name}
    run["cell"] = f"{name}/{run['scenario']['name']}"
    return run

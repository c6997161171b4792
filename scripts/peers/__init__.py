"""Other load generators on this machine: how each is run, and what its output says. Standard library only."""

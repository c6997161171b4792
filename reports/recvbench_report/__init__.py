"""Reports from recvbench's run directories. Uses the files that results/ writes and nothing else."""

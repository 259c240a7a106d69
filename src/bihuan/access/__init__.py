"""May this actor, on which ones, who else."""

"""Set-up and start of the skill: what `make run`, `make serve` and `make train` call."""

"""Random faults against a live stack; afterwards the mirror must equal the truth."""

"""Excel out: each export is a row with who, what and how many; a long one is written by a job, with progress."""

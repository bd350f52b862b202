"""Speed and size: a data set of a stated size, figures, and beside each its baseline of the same run."""

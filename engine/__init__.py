"""What does the work of a run on the records that it is given; holds no model."""

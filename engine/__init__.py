"""The work of a run, done on the records that it is given; no models are here."""

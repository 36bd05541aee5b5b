"""Judge, count and remember the quality of the data of a location's contacts."""

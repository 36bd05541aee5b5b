"""How good the data of a location's contacts is: judged, counted, remembered."""

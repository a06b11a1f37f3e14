"""Open311 GeoReport v2, the standard by which cities' systems exchange service requests."""

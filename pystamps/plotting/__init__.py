"""Pictures on demand: maps of every value type of StaMPS, series, network, profiles."""

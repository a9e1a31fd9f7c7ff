"""What users take away: reference areas, velocities, time series."""

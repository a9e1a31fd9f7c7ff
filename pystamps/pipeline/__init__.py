"""From a data set directory to results: stage entry points, registry, status, workflow driver."""

"""The report that people pass on: one HTML file that needs neither server nor network."""

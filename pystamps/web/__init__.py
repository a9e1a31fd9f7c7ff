"""The console: a local page for people who do not like terminals."""

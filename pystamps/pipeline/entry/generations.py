"""Number in the names of files: ``ps1.mat`` of all candidates, ``ps2.mat`` of those left."""

CANDIDATES = 1
"""Files of all candidates of a patch (stages 1 to 4)."""

SELECTED = 2
"""Files of the pixels that are left, per patch and merged (stages 5 to 8)."""

"""Files: MAT artifacts, the data set tree, raw input of each processor."""

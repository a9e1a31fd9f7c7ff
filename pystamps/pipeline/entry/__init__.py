"""Entry points of the stages: directory in, artifacts on disk, small result out."""

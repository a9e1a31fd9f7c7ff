"""Entry points of the stages: directory and configuration in, artifacts on disk, small result out."""

"""What the desk costs, as ratios between things measured in one run; see ``README.md``."""

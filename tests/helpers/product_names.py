"""Names of what users take away."""

from pystamps.stage_table import STAGES

PRODUCTS = {stage.name for stage in STAGES if stage.is_product}
"""Rules of the products: what is planned behind every change of stage 8."""

"""Windows: short situations, played again for every named seam and every act that could happen just there.

Seeds find what is likely; this looks where mistakes live: between what the engine saw and what it does about it.
"""

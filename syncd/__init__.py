"""syncd keeps a user's Sta.sh and a local folder the same, both ways.

This module holds the version and nothing else: importing it costs nothing and starts nothing.
"""

__version__ = "0.1.0"

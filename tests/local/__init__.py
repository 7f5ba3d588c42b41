"""Tests of syncd.local: real files, real races, real kills."""

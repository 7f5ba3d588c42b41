"""Planted mistakes, by what they are about."""

"""The tests of syncd, in folders that mirror the package's."""

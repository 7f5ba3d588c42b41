"""The pure heart of syncd: values, names, the plan. No clock, disk, socket, database, environment or random source."""

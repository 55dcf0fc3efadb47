"""The only place that builds things: settings, wiring, commands, processes."""

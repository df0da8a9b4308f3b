"""Pages of rooms, and of the presets they are made from."""

"""Rooms decide in batches under their lock; memory is only a cache of the record."""

"""The tutorial design of a live auction, as most projects write it: the peer of our room.

Consumer → ORM transaction with `select_for_update` → `group_send`, Daphne, Redis channel layer."""

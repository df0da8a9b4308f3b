"""How a case moves and what an item promises. No Django here."""

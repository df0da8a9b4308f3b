"""What each audience sees of a sale: words for states, reasons with their rule, money in forms."""

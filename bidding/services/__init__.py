"""Making rooms, seating bidders, keeping the reserve secret."""
